// Reads the head of a GGUF file and its table of tensors, trusting no number in them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "offline/files/byte_cursor.h"
#include "offline/formats/gguf/gguf_metadata.h"
#include "runtime/core/checked.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kDefaultAlignment = 32, kLeastAlignment = 8, kMostAlignment = 4096;
/// A name of no bytes, one dimension, type and offset.
constexpr uint64_t kLeastTensorEntryBytes = 8 + 4 + 8 + 4 + 8;
/// A key of one byte, a type and a value of one byte.
constexpr uint64_t kLeastKeyEntryBytes = 8 + 1 + 4 + 1;

struct Counts {
  uint64_t tensors = 0, keys = 0;
};

void check_version(ByteCursor& cursor) {
  const auto version = cursor.number<uint32_t>("the version");
  if (version == 2 || version == 3) return;
  if ((version & 0xFFFF) == 0) {
    cursor.fail_at(4, "is a big-endian GGUF file; give one for little-endian machines");
  }
  cursor.fail_at(4, "is GGUF of version " + std::to_string(version) +
                        "; versions 2 and 3 are read: convert the model again");
}

uint64_t read_count(ByteCursor& cursor, uint64_t most, uint64_t least_entry_bytes,
                    const std::string& what) {
  const uint64_t start = cursor.offset();
  const auto count = cursor.number<uint64_t>("the number of " + what);
  if (count > most || count * least_entry_bytes > cursor.left()) {
    cursor.fail_at(start, "announces " + std::to_string(count) + " " + what +
                              (count > most ? "; at most " + std::to_string(most) + " are allowed"
                                            : ", more than the file has room for") +
                              "; the file is damaged, fetch it again");
  }
  return count;
}

Counts read_head(ByteCursor& cursor) {
  if (cursor.take(4, "the magic number") != kGgufMagic) cursor.fail_at(0, "is no GGUF file");
  check_version(cursor);
  Counts counts;
  counts.tensors = read_count(cursor, kMaxGgufTensors, kLeastTensorEntryBytes, "tensors");
  counts.keys = read_count(cursor, kMaxGgufKeys, kLeastKeyEntryBytes, "keys");
  return counts;
}

uint32_t alignment_of(const JsonValue& metadata) {
  const JsonValue given = metadata["general.alignment"];
  const uint32_t alignment = given.count_or(kMostAlignment, kDefaultAlignment);
  if (!std::has_single_bit(alignment) || alignment < kLeastAlignment) {
    given.refuse("is " + given.quoted() + ", must be a power of two from 8 to 4096");
  }
  return alignment;
}

/// A tensor as the table has it: its bytes are found once the table's end is known.
struct Entry {
  GgufTensor tensor;
  uint64_t at = 0, bytes = 0, offset = 0;  ///< `at`: of the entry in the file
};

void read_shape(ByteCursor& cursor, Entry& entry, const std::string& what) {
  const auto dimensions = cursor.number<uint32_t>(what);
  if (dimensions < 1 || dimensions > kMaxGgufDimensions) {
    cursor.fail_at(entry.at, what + " has " + std::to_string(dimensions) + " dimensions; 1 to " +
                                 std::to_string(kMaxGgufDimensions) + " are read");
  }
  std::vector<uint64_t> shape(dimensions);
  for (uint32_t i = 0; i < dimensions; ++i) {
    shape[dimensions - 1 - i] = cursor.number<uint64_t>(what);
  }
  Checked rows = 1;
  for (uint32_t i = 0; i + 1 < dimensions; ++i) rows = rows * shape[i];
  if (!rows.at_most(UINT32_MAX) || rows.value() == 0 || shape.back() == 0 ||
      shape.back() > UINT32_MAX) {
    cursor.fail_at(entry.at, what +
                                 " has dimensions that are 0, or more rows or columns than "
                                 "any blob can hold");
  }
  entry.tensor.rows = static_cast<uint32_t>(rows.value());
  entry.tensor.columns = static_cast<uint32_t>(shape.back());
  entry.tensor.shape = std::move(shape);
}

void read_type(ByteCursor& cursor, Entry& entry, const std::string& what) {
  const auto id = cursor.number<uint32_t>(what);
  const BlockType* const type = find_block_type(id);
  if (type == nullptr) {
    cursor.fail_at(entry.at, what + " is of type " + block_type_name(id) +
                                 ", which is not read; convert the model to F16 or Q8_0");
  }
  if (entry.tensor.columns % type->elements != 0) {
    cursor.fail_at(entry.at, what + " has rows of " + std::to_string(entry.tensor.columns) +
                                 " weights, which blocks of " + std::to_string(type->elements) +
                                 " (" + type->name + ") do not divide");
  }
  const Checked bytes =
      Checked(entry.tensor.columns / type->elements) * type->bytes * Checked(entry.tensor.rows);
  if (!bytes.fits()) cursor.fail_at(entry.at, what + " has more bytes than any file");
  entry.tensor.type = type;
  entry.bytes = bytes.value();
}

Entry read_entry(ByteCursor& cursor, std::set<std::string>& names) {
  Entry entry;
  entry.at = cursor.offset();
  entry.tensor.name = read_gguf_string(cursor, kMaxGgufNameBytes, "a tensor's name");
  const std::string what = "tensor '" + entry.tensor.name + "'";
  if (entry.tensor.name.empty()) cursor.fail_at(entry.at, "has a tensor without a name");
  if (!names.insert(entry.tensor.name).second) cursor.fail_at(entry.at, what + " is there twice");
  read_shape(cursor, entry, what);
  read_type(cursor, entry, what);
  entry.offset = cursor.number<uint64_t>(what);
  return entry;
}

/// Each tensor starts at the first aligned byte behind the one before it, and the last one ends
/// the file, perhaps but for padding.
void find_bytes(std::vector<Entry>& entries, std::span<const std::byte> file, uint64_t table_end,
                uint32_t alignment, ByteCursor& cursor) {
  Checked at = Checked(table_end).aligned(alignment);
  const uint64_t data = at.value();
  for (Entry& entry : entries) {
    const std::string what = "tensor '" + entry.tensor.name + "'";
    if (entry.offset != at.value() - data) {
      cursor.fail_at(entry.at, what + " is at offset " + std::to_string(entry.offset) +
                                   " of the data, must be at " + std::to_string(at.value() - data) +
                                   ", behind the tensor before it; convert the model again");
    }
    const Checked end = at + entry.bytes;
    if (!end.at_most(file.size())) {
      cursor.fail_at(entry.at, what + " ends behind the end of the file, which has " +
                                   std::to_string(file.size()) +
                                   " bytes; the file is cut off, fetch it again");
    }
    entry.tensor.bytes = file.subspan(at.value(), entry.bytes);
    at = end.aligned(alignment);
  }
  if (!entries.empty() && at.at_most(file.size()) && at.value() != file.size()) {
    cursor.fail_at(at.value(), "has bytes behind its last tensor that belong to none");
  }
}

const GgufArray& array_of(const GgufFile& file, const std::string& key,
                          std::initializer_list<GgufType> types, const char* kind) {
  const auto found = file.arrays.find(key);
  if (found == file.arrays.end()) {
    file.metadata[key].refuse(std::string("must be an array of ") + kind +
                              "; convert the model again");
  }
  if (std::ranges::find(types, found->second.type) == types.end()) {
    file.metadata[key].refuse(std::string("is an array of another type, must be of ") + kind);
  }
  return found->second;
}

template <class T>
std::vector<T> numbers_of(const GgufArray& array) {
  std::vector<T> values(array.count);
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

}  // namespace

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &GgufTensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

std::vector<std::string_view> GgufFile::strings(const std::string& key) const {
  const GgufArray& array = array_of(*this, key, {GgufType::String}, "texts");
  std::vector<std::string_view> texts;
  texts.reserve(array.count);
  std::string_view bytes = array.bytes;
  while (!bytes.empty()) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    texts.push_back(bytes.substr(sizeof length, length));
    bytes.remove_prefix(sizeof length + length);
  }
  return texts;
}

std::vector<float> GgufFile::floats(const std::string& key) const {
  return numbers_of<float>(array_of(*this, key, {GgufType::F32}, "32-bit floats"));
}

std::vector<int32_t> GgufFile::integers(const std::string& key) const {
  return numbers_of<int32_t>(
      array_of(*this, key, {GgufType::I32, GgufType::U32}, "32-bit integers"));
}

GgufFile read_gguf(const std::filesystem::path& path) {
  const std::string where = path.string();
  auto mapping = std::make_shared<const MappedFile>(path);
  ByteCursor cursor(mapping->bytes(), where);
  const Counts counts = read_head(cursor);
  nlohmann::json values = nlohmann::json::object();
  std::map<std::string, GgufArray> arrays;
  read_gguf_metadata(cursor, counts.keys, values, arrays);
  const JsonValue metadata(std::move(values), where);
  std::vector<Entry> entries;
  std::set<std::string> names;
  for (uint64_t i = 0; i < counts.tensors; ++i) entries.push_back(read_entry(cursor, names));
  find_bytes(entries, mapping->bytes(), cursor.offset(), alignment_of(metadata), cursor);
  GgufFile file{std::move(mapping), metadata, std::move(arrays), {}};
  for (Entry& entry : entries) file.tensors.push_back(std::move(entry.tensor));
  return file;
}

}  // namespace nibble::offline
