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

/// What a number becomes when it is stored.
enum class Storing {
  Exactly,
  AsHalves,  ///< rounded to IEEE half, to nearest even: weights packed as f16, an f16 cache
};

double stored(double value, Storing storing);

/// All tensors of FOLDER/model.safetensors by name; `storing` is for the matrices. Throws
/// std::runtime_error on anything odd: this reader is only ever pointed at models the tests
/// themselves chose.
std::map<std::string, ReferenceTensor> read_reference_weights(const std::filesystem::path& folder,
                                                              Storing storing);

}  // namespace nibble::test
