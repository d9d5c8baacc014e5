// Sizes first, so that the table can say where each tensor will be.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/gguf_writer.h"

#include <algorithm>
#include <stdexcept>

#include "offline/files/output_file.h"
#include "offline/formats/gguf/gguf_file.h"
#include "runtime/core/align.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kVersion = 3;
constexpr uint64_t kAlignment = 32;           // where general.alignment says nothing
constexpr uint64_t kSliceElements = 1 << 20;  // per slice, but at least one row

uint32_t number_of(GgufType type) {
  return static_cast<uint32_t>(type);
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_text(std::string& bytes, std::string_view text) {
  append(bytes, uint64_t{text.size()});
  bytes += text;
}

uint32_t rows_of(const GgufOutput& tensor) {
  return tensor.shape.size() > 1 ? tensor.shape[0] : 1;
}

uint64_t row_bytes(const GgufOutput& tensor) {
  return uint64_t{tensor.shape.back()} / tensor.type->elements * tensor.type->bytes;
}

uint64_t padding_behind(uint64_t bytes) {
  return align_up(bytes, kAlignment) - bytes;
}

std::string head_of(const GgufKeys& keys, const std::vector<GgufOutput>& tensors) {
  std::string head = kGgufMagic;
  append(head, kVersion);
  append(head, uint64_t{tensors.size()});
  append(head, keys.count());
  head += keys.bytes();
  uint64_t offset = 0;
  for (const GgufOutput& tensor : tensors) {
    append_text(head, tensor.name);
    append(head, static_cast<uint32_t>(tensor.shape.size()));
    for (size_t i = tensor.shape.size(); i-- > 0;) append(head, uint64_t{tensor.shape[i]});
    append(head, tensor.type->id);
    append(head, offset);
    offset = align_up(offset + rows_of(tensor) * row_bytes(tensor), kAlignment);
  }
  head.resize(align_up(uint64_t{head.size()}, kAlignment));
  return head;
}

void write_tensor(const GgufOutput& tensor, OutputFile& file) {
  const uint32_t rows = rows_of(tensor);
  const auto slice =
      static_cast<uint32_t>(std::clamp<uint64_t>(kSliceElements / tensor.shape.back(), 1, rows));
  for (uint32_t first = 0; first < rows; first += slice) {
    const uint32_t count = std::min(slice, rows - first);
    const std::vector<std::byte> bytes = tensor.rows(first, count);
    if (bytes.size() != count * row_bytes(tensor)) {
      throw std::logic_error("write_gguf: " + tensor.name + " has another size");
    }
    file.write(bytes);
  }
  file.write(std::vector<std::byte>(padding_behind(rows * row_bytes(tensor))));
}

}  // namespace

void GgufKeys::start(const std::string& key, uint32_t type) {
  append_text(bytes_, key);
  append(bytes_, type);
  ++count_;
}

void GgufKeys::start_array(const std::string& key, uint32_t type, uint64_t count) {
  start(key, number_of(GgufType::Array));
  append(bytes_, type);
  append(bytes_, count);
}

void GgufKeys::add(const std::string& key, uint32_t value) {
  start(key, number_of(GgufType::U32));
  append(bytes_, value);
}

void GgufKeys::add(const std::string& key, float value) {
  start(key, number_of(GgufType::F32));
  append(bytes_, value);
}

void GgufKeys::add(const std::string& key, bool value) {
  start(key, number_of(GgufType::Bool));
  append(bytes_, static_cast<uint8_t>(value));
}

void GgufKeys::add(const std::string& key, std::string_view value) {
  start(key, number_of(GgufType::String));
  append_text(bytes_, value);
}

void GgufKeys::add(const std::string& key, std::span<const std::string> values) {
  start_array(key, number_of(GgufType::String), values.size());
  for (const std::string& value : values) append_text(bytes_, value);
}

void GgufKeys::add(const std::string& key, std::span<const float> values) {
  start_array(key, number_of(GgufType::F32), values.size());
  for (const float value : values) append(bytes_, value);
}

void GgufKeys::add(const std::string& key, std::span<const int32_t> values) {
  start_array(key, number_of(GgufType::I32), values.size());
  for (const int32_t value : values) append(bytes_, value);
}

void GgufKeys::add(const std::string& key, const std::vector<bool>& values) {
  start_array(key, number_of(GgufType::Bool), values.size());
  for (const bool value : values) append(bytes_, static_cast<uint8_t>(value));
}

void write_gguf(const std::filesystem::path& path, const GgufKeys& keys,
                const std::vector<GgufOutput>& tensors) {
  OutputFile file(path);
  const std::string head = head_of(keys, tensors);
  file.write(std::as_bytes(std::span(head)));
  for (const GgufOutput& tensor : tensors) write_tensor(tensor, file);
  file.commit();
}

}  // namespace nibble::offline
