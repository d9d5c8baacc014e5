// Reads the tensors of a safetensors file as doubles, sharing no code with the readers under test.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nibble::test {

/// A tensor with every element exact: F32, F16 and BF16 all fit a double.
struct ReferenceTensor {
  std::vector<uint64_t> shape;  ///< slowest dimension first
  std::vector<double> values;
};

enum class WeightRounding {
  None,    ///< as the file has them
  ToHalf,  ///< matrices rounded to IEEE half, to nearest even: what a blob packed as f16 holds
};

/// All tensors of FOLDER/model.safetensors by name. Throws std::runtime_error on anything odd:
/// this reader is only ever pointed at models the tests themselves chose.
std::map<std::string, ReferenceTensor> read_reference_weights(const std::filesystem::path& folder,
                                                              WeightRounding rounding);

}  // namespace nibble::test
