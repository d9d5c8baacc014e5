// Reads a safetensors table, trusting no number in it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "runtime/core/checked.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

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

Checked bytes_of(const SourceTensor& tensor) {
  Checked bytes = tensor.type == ElementType::F32 ? 4 : 2;
  for (const uint64_t dimension : tensor.shape) bytes = bytes * dimension;
  return bytes;
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

SourceTensor read_tensor(const std::string& name, const Json& entry,
                         std::span<const std::byte> data, const std::string& where) {
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry.contains("shape") || !entry.contains("data_offsets")) {
    throw InputError(where, "must be an object of exactly dtype, shape and data_offsets");
  }
  SourceTensor tensor;
  tensor.name = name;
  tensor.type = element_type(entry["dtype"], where + "/dtype");
  tensor.shape = shape_of(entry["shape"], where + "/shape");
  tensor.bytes = slice(entry["data_offsets"], data, where + "/data_offsets");
  const Checked expected = bytes_of(tensor);
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

/// Every byte belongs to one tensor. @pre tensors are in the order of their bytes
void check_tiling(const std::vector<SourceTensor>& tensors, std::span<const std::byte> data,
                  const std::string& where) {
  const std::byte* expected = data.data();
  for (const SourceTensor& tensor : tensors) {
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

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  const std::string where = path.string();
  SafetensorsFile file;
  file.mapping = std::make_shared<MappedFile>(path);
  const auto [table, data] = split(file.mapping->bytes(), where);
  const Json entries = parse_json(table, where);
  for (const auto& [name, entry] : entries.items()) {
    const std::string entry_where = where + ": /" + name;
    if (name == "__metadata__") {
      file.metadata = read_metadata(entry, entry_where);
      continue;
    }
    if (file.tensors.size() == kMaxSafetensorsTensors) {
      throw InputError(where, "has more tensors than the " +
                                  std::to_string(kMaxSafetensorsTensors) + " that a blob can hold");
    }
    file.tensors.push_back(read_tensor(name, entry, data, entry_where));
    file.tensors.back().file_offset =
        static_cast<uint64_t>(file.tensors.back().bytes.data() - file.mapping->bytes().data());
  }
  // Empty tensors share their offset with the tensor behind them: ends decide.
  std::sort(file.tensors.begin(), file.tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.file_offset, a.bytes.size()) < std::pair(b.file_offset, b.bytes.size());
  });
  check_tiling(file.tensors, data, where);
  return file;
}

}  // namespace nibble::offline
