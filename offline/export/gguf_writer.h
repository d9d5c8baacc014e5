// Writes a GGUF file: keys, a table of tensors, then the tensors, one slice of rows in memory.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "offline/formats/gguf/block_types.h"

namespace nibble::offline {

/// Keys with their values, in the order in which they are added.
class GgufKeys {
 public:
  void add(const std::string& key, uint32_t value);
  void add(const std::string& key, float value);
  void add(const std::string& key, bool value);
  void add(const std::string& key, std::string_view value);
  void add(const std::string& key, const char* value) { add(key, std::string_view(value)); }
  void add(const std::string& key, std::span<const std::string> values);
  void add(const std::string& key, std::span<const float> values);
  void add(const std::string& key, std::span<const int32_t> values);
  void add(const std::string& key, const std::vector<bool>& values);

  uint64_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

 private:
  void start(const std::string& key, uint32_t type);
  void start_array(const std::string& key, uint32_t type, uint64_t count);

  std::string bytes_;
  uint64_t count_ = 0;
};

/// A tensor to be written.
struct GgufOutput {
  std::string name;
  const BlockType* type = nullptr;
  std::vector<uint32_t> shape;  ///< slowest dimension first: [columns] or [rows, columns]
  /// The blocks of rows [first_row, first_row + row_count).
  std::function<std::vector<std::byte>(uint32_t first_row, uint32_t row_count)> rows;
};

/// Version 3. Throws OutputError.
void write_gguf(const std::filesystem::path& path, const GgufKeys& keys,
                const std::vector<GgufOutput>& tensors);

}  // namespace nibble::offline
