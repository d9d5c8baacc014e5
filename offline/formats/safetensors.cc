// Reads a safetensors table, trusting no number in it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/files/json_value.h"
#include "offline/weights/mapped_tensor.h"
#include "runtime/core/checked.h"

namespace nibble::offline {
namespace {

/// A tensor as the table describes it.
struct TensorEntry {
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

const char* name_of(ElementType type) {
  return type == ElementType::F32 ? "F32" : type == ElementType::F16 ? "F16" : "BF16";
}

ElementType element_type(const JsonValue& type) {
  if (type.json() == "F32") return ElementType::F32;
  if (type.json() == "F16") return ElementType::F16;
  if (type.json() == "BF16") return ElementType::BF16;
  type.refuse("type " + type.quoted() + " is not supported; convert the model to F32, F16 or BF16");
}

std::vector<uint64_t> shape_of(const JsonValue& dimensions) {
  if (dimensions.array_size() > kMaxSafetensorsRank) {
    dimensions.refuse("must be an array of at most " + std::to_string(kMaxSafetensorsRank) +
                      " dimensions");
  }
  std::vector<uint64_t> shape(dimensions.array_size());
  for (size_t i = 0; i < shape.size(); ++i) shape[i] = dimensions[i].whole_number();
  return shape;
}

Checked product(std::span<const uint64_t> dimensions) {
  Checked product = 1;
  for (const uint64_t dimension : dimensions) product = product * dimension;
  return product;
}

std::span<const std::byte> slice(const JsonValue& offsets, std::span<const std::byte> data) {
  if (offsets.array_size() != 2) offsets.refuse("must be two offsets, begin and end");
  const uint64_t begin = offsets[size_t{0}].whole_number(), end = offsets[1].whole_number();
  if (begin > end || end > data.size()) {
    offsets.refuse("[" + std::to_string(begin) + ", " + std::to_string(end) +
                   "] is not within the file's " + std::to_string(data.size()) +
                   " bytes of tensors");
  }
  return data.subspan(begin, end - begin);
}

TensorEntry read_entry(const std::string& name, const JsonValue& entry,
                       std::span<const std::byte> data) {
  const JsonValue type = entry["dtype"], shape = entry["shape"], offsets = entry["data_offsets"];
  if (entry.json().size() != 3 || !type.exists() || !shape.exists() || !offsets.exists()) {
    entry.refuse("must be an object of exactly dtype, shape and data_offsets");
  }
  TensorEntry tensor{name, element_type(type), shape_of(shape), slice(offsets, data)};
  const Checked expected = product(tensor.shape) * element_bytes(tensor.type);
  if (!expected.fits() || expected.value() != tensor.bytes.size()) {
    entry.refuse("its shape and type do not make the " + std::to_string(tensor.bytes.size()) +
                 " bytes it occupies");
  }
  return tensor;
}

std::map<std::string, std::string> read_metadata(const JsonValue& entry) {
  std::map<std::string, std::string> metadata;
  for (const std::string& key : entry.keys()) metadata[key] = entry[key].text();
  return metadata;
}

/// Sorts the tensors by their bytes, and checks that every byte belongs to exactly one of them.
void check_tiling(std::vector<TensorEntry>& tensors, std::span<const std::byte> data,
                  const std::string& where) {
  // An empty tensor starts where the tensor behind it starts: ends decide.
  std::sort(tensors.begin(), tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  const std::byte* expected = data.data();
  for (const TensorEntry& tensor : tensors) {
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
SourceTensor map_entry(const TensorEntry& entry, const std::shared_ptr<const MappedFile>& mapping,
                       const std::string& where) {
  const std::span<const uint64_t> shape = entry.shape;
  const Checked rows = product(shape.first(shape.empty() ? 0 : shape.size() - 1));
  const uint64_t columns = shape.empty() ? 1 : shape.back();
  if (!rows.at_most(UINT32_MAX) || columns > UINT32_MAX) {
    throw InputError(where + ": /" + entry.name + "/shape",
                     "has more rows or columns than any blob can hold");
  }
  return {entry.shape,
          map_tensor(entry.type, static_cast<uint32_t>(rows.value()),
                     static_cast<uint32_t>(columns), entry.bytes, mapping),
          name_of(entry.type), entry.bytes.size()};
}

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  const std::string where = path.string();
  SafetensorsFile file;
  file.mapping = std::make_shared<MappedFile>(path);
  const auto [table, data] = split(file.mapping->bytes(), where);
  const JsonValue entries(parse_json(table, where), where);
  std::vector<TensorEntry> tensors;
  for (const std::string& name : entries.keys()) {
    if (name == "__metadata__") {
      file.metadata = read_metadata(entries[name]);
      continue;
    }
    if (tensors.size() == kMaxSafetensorsTensors) {
      throw InputError(where, "has more tensors than the " +
                                  std::to_string(kMaxSafetensorsTensors) + " that a blob can hold");
    }
    tensors.push_back(read_entry(name, entries[name], data));
  }
  check_tiling(tensors, data, where);
  for (const TensorEntry& entry : tensors) {
    file.tensors.emplace(entry.name, map_entry(entry, file.mapping, where));
  }
  return file;
}

}  // namespace nibble::offline
