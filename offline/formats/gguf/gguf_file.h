// GGUF: metadata by key, a table of tensors, then their bytes in the table's order.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "offline/files/json_value.h"
#include "offline/files/mapped_file.h"
#include "offline/formats/gguf/block_types.h"
#include "runtime/format/layout.h"

namespace nibble::offline {

inline constexpr char kGgufMagic[] = "GGUF";
inline constexpr uint64_t kMaxGgufKeys = 4096;
inline constexpr uint64_t kMaxGgufTensors = format::kMaxTensors;
inline constexpr uint64_t kMaxGgufKeyBytes = 256;
inline constexpr uint64_t kMaxGgufNameBytes = 63;
inline constexpr uint64_t kMaxGgufStringBytes = 1u << 20;
inline constexpr uint64_t kMaxGgufArray = 2u << 20;
/// Longer arrays are vocabularies: they stay in the file.
inline constexpr uint64_t kMaxGgufListed = 2 * format::kMaxLayers;
inline constexpr uint32_t kMaxGgufDimensions = 3;

/// As the format numbers them.
enum class GgufType : uint32_t {
  U8 = 0,
  I8 = 1,
  U16 = 2,
  I16 = 3,
  U32 = 4,
  I32 = 5,
  F32 = 6,
  Bool = 7,
  String = 8,
  Array = 9,
  U64 = 10,
  I64 = 11,
  F64 = 12
};

/// The elements of an array, where they are in the file.
struct GgufArray {
  GgufType type = GgufType::U8;
  uint64_t count = 0, offset = 0;  ///< `offset`: of the first element in the file
  std::string_view bytes;          ///< of all elements; strings with their lengths, all checked
};

struct GgufTensor {
  std::string name;
  std::vector<uint64_t> shape;  ///< slowest dimension first, as Hugging Face has it
  const BlockType* type = nullptr;
  std::span<const std::byte> bytes;

  uint32_t rows = 1, columns = 1;  ///< columns: the last dimension; rows: all others together
};

struct GgufFile {
  std::shared_ptr<const MappedFile> mapping;
  /// Numbers, flags, texts and short lists by key; whole numbers from 0 up are unsigned.
  JsonValue metadata;
  std::map<std::string, GgufArray> arrays;  ///< every array, short ones too
  std::vector<GgufTensor> tensors;          ///< in the order of their bytes

  /// Null where there is none of this name.
  const GgufTensor* find_tensor(std::string_view name) const;
  /// Throws InputError, with the key, where there is no array of strings.
  std::vector<std::string_view> strings(const std::string& key) const;
  /// The same of numbers: floats, or integers of 32 bits.
  std::vector<float> floats(const std::string& key) const;
  std::vector<int32_t> integers(const std::string& key) const;
};

/// Reads the tables of one file of version 2 or 3. Throws InputError, with file and offset, unless
/// every length and count stays in its limit and in the file, keys and names are unique, and each
/// tensor starts where the one before it ends.
GgufFile read_gguf(const std::filesystem::path& path);

}  // namespace nibble::offline
