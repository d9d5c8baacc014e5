// The table first, padded to eight bytes, then every tensor's bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/checkpoint/safetensors_writer.h"

#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

uint64_t byte_count(const StoredTensor& tensor) {
  uint64_t bytes = tensor.dtype == "F16" ? 2 : 4;
  for (const uint64_t dimension : tensor.shape) bytes *= dimension;
  return bytes;
}

std::string table_of(const std::vector<StoredTensor>& tensors,
                     const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json table;
  table["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const StoredTensor& tensor : tensors) {
    const uint64_t end = offset + byte_count(tensor);
    table[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = table.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

/// The length of the table, as a file begins.
std::string length_field(const std::string& table) {
  std::string length;
  for (int shift = 0; shift < 64; shift += 8) {
    length += static_cast<char>(static_cast<uint64_t>(table.size()) >> shift & 0xFF);
  }
  return length;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const std::vector<StoredTensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  OutputFile file(path);
  const std::string table = table_of(tensors, metadata);
  const std::string head = length_field(table) + table;
  file.write(std::as_bytes(std::span(head)));
  for (const StoredTensor& tensor : tensors) {
    const std::vector<uint8_t> bytes = tensor.bytes();
    if (bytes.size() != byte_count(tensor)) {
      throw std::logic_error("write_safetensors: " + tensor.name + " has another size");
    }
    file.write(std::as_bytes(std::span(bytes)));
  }
  file.commit();
}

}  // namespace nibble::offline
