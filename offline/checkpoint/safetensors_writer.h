// Tensors into a safetensors file, one in memory at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nibble::offline {

/// A tensor to be written.
struct StoredTensor {
  std::string name;
  std::string dtype;  ///< "F16" or "I32"
  std::vector<uint64_t> shape;
  std::function<std::vector<uint8_t>()> bytes;  ///< little-endian, as many as dtype and shape say
};

/// Throws OutputError, and std::logic_error for a tensor of another size than it announces.
void write_safetensors(const std::filesystem::path& path, const std::vector<StoredTensor>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace nibble::offline
