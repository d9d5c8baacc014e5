// Reads a safetensors table, trusting no number in it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/weights/mapped_tensor.h"
#include "runtime/core/checked.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

/// A tensor as the table describes it.
struct Entry {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<uint64_t> shape;
  std::span<const std::byte> bytes;
};

/// The file cut in two: the table's text and the tensors' bytes.
struct Parts {
  std::string_view table;
  std::span<const std::byte> data;
};

Parts split(std::span<const std::byte> file, const std::string& where) {
  uint64_t table_bytes = 0;
  if (file.size() < sizeof table_bytes) {
    throw InputError(where, "has " + std::to_string(file.size()) +
                                " bytes, too few for a safetensors file; fetch it again");
  }
  std::memcpy(&table_bytes, file.data(), sizeof table_bytes);
  file = file.subspan(sizeof table_bytes);
  const std::string claim = "announces a header of " + std::to_string(table_bytes) + " bytes, ";
  if (table_bytes > kMaxSafetensorsHeaderBytes) {
    throw InputError(where + ": offset 0", claim +
                                               "at most 100,000,000 are allowed; is this "
                                               "really a safetensors file?");
  }
  if (table_bytes > file.size()) {
    throw InputError(where + ": offset 0", claim + "but only " + std::to_string(file.size()) +
                                               " follow; the file is cut off, fetch it again");
  }
  const std::string_view table(reinterpret_cast<const char*>(file.data()), table_bytes);
  if (!table.starts_with('{')) {
    throw InputError(where + ": offset 8", "the header must start with '{'");
  }
  return {table, file.subspan(table_bytes)};
}

/// A non-negative integer, written as one.
uint64_t integer(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned()) throw InputError(where, "must be a non-negative integer");
  return value.get<uint64_t>();
}

ElementType element_type(const Json& value, const std::string& where) {
  if (value == "F32") return ElementType::F32;
  if (value == "F16") return ElementType::F16;
  if (value == "BF16") return ElementType::BF16;
  throw InputError(
      where, "type " + value.dump() + " is not supported; convert the model to F32, F16 or BF16");
}

std::vector<uint64_t> shape_of(const Json& value, const std::string& where) {
  if (!value.is_array() || value.size() > kMaxSafetensorsRank) {
    throw InputError(where, "must be an array of at most 8 dimensions");
  }
  std::vector<uint64_t> shape;
  for (const Json& dimension : value) shape.push_back(integer(dimension, where));
  return shape;
}

Checked product(std::span<const uint64_t> dimensions) {
  Checked product = 1;
  for (const uint64_t dimension : dimensions) product = product * dimension;
  return product;
}

std::span<const std::byte> slice(const Json& offsets, std::span<const std::byte> data,
                                 const std::string& where) {
  if (!offsets.is_array() || offsets.size() != 2) {
    throw InputError(where, "must be two offsets, begin and end");
  }
  const uint64_t begin = integer(offsets[0], where), end = integer(offsets[1], where);
  if (begin > end || end > data.size()) {
    throw InputError(where, "[" + std::to_string(begin) + ", " + std::to_string(end) +
                                "] does not lie within the file's " + std::to_string(data.size()) +
                                " bytes of tensors");
  }
  return data.subspan(begin, end - begin);
}

Entry read_entry(const std::string& name, const Json& entry, std::span<const std::byte> data,
                 const std::string& where) {
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry.contains("shape") || !entry.contains("data_offsets")) {
    throw InputError(where, "must be an object of exactly dtype, shape and data_offsets");
  }
  Entry tensor;
  tensor.name = name;
  tensor.type = element_type(entry["dtype"], where + "/dtype");
  tensor.shape = shape_of(entry["shape"], where + "/shape");
  tensor.bytes = slice(entry["data_offsets"], data, where + "/data_offsets");
  const Checked expected = product(tensor.shape) * element_bytes(tensor.type);
  if (!expected.fits() || expected.value() != tensor.bytes.size()) {
    throw InputError(where, "its shape and type do not make the " +
                                std::to_string(tensor.bytes.size()) + " bytes it occupies");
  }
  return tensor;
}

std::map<std::string, std::string> read_metadata(const Json& entry, const std::string& where) {
  std::map<std::string, std::string> metadata;
  if (!entry.is_object()) throw InputError(where, "must be an object of strings");
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) throw InputError(where + "/" + key, "must be a string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

/// Sorts the tensors by their bytes, and checks that every byte belongs to exactly one of them.
void check_tiling(std::vector<Entry>& tensors, std::span<const std::byte> data,
                  const std::string& where) {
  // An empty tensor starts where the tensor behind it starts: ends decide.
  std::sort(tensors.begin(), tensors.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  const std::byte* expected = data.data();
  for (const Entry& tensor : tensors) {
    const std::byte* const begin = tensor.bytes.data();
    if (begin != expected) {
      throw InputError(where + ": /" + tensor.name + "/data_offsets",
                       begin < expected ? "overlaps the tensor before it"
                                        : "leaves a hole behind the tensor before it");
    }
    expected = begin + tensor.bytes.size();
  }
  if (const auto rest = data.data() + data.size() - expected; rest != 0) {
    throw InputError(where, std::to_string(rest) + " bytes at its end belong to no tensor");
  }
}

/// Rows are all dimensions but the last; a vector, and a scalar, is one row.
SourceTensor map_entry(const Entry& entry, const std::shared_ptr<const MappedFile>& mapping,
                       const std::string& where) {
  const std::span<const uint64_t> shape = entry.shape;
  const Checked rows = product(shape.first(shape.empty() ? 0 : shape.size() - 1));
  const uint64_t columns = shape.empty() ? 1 : shape.back();
  if (!rows.at_most(UINT32_MAX) || columns > UINT32_MAX) {
    throw InputError(where + ": /" + entry.name + "/shape",
                     "has more rows or columns than any blob can hold");
  }
  return {entry.shape, map_tensor(entry.type, static_cast<uint32_t>(rows.value()),
                                  static_cast<uint32_t>(columns), entry.bytes, mapping)};
}

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  const std::string where = path.string();
  SafetensorsFile file;
  file.mapping = std::make_shared<MappedFile>(path);
  const auto [table, data] = split(file.mapping->bytes(), where);
  const Json entries = parse_json(table, where);
  std::vector<Entry> tensors;
  for (const auto& [name, entry] : entries.items()) {
    const std::string entry_where = where + ": /" + name;
    if (name == "__metadata__") {
      file.metadata = read_metadata(entry, entry_where);
      continue;
    }
    if (tensors.size() == kMaxSafetensorsTensors) {
      throw InputError(where, "has more tensors than the " +
                                  std::to_string(kMaxSafetensorsTensors) + " that a blob can hold");
    }
    tensors.push_back(read_entry(name, entry, data, entry_where));
  }
  check_tiling(tensors, data, where);
  for (const Entry& entry : tensors) {
    file.tensors.emplace(entry.name, map_entry(entry, file.mapping, where));
  }
  return file;
}

}  // namespace nibble::offline
