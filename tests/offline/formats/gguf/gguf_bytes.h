// GGUF files put together byte by byte, so that any of them can be a lie.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nibble::test {

template <class T>
std::string le(T value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i) & 0xFF);
  }
  return bytes;
}

inline std::string counted(const std::string& text) {
  return le(uint64_t{text.size()}) + text;
}

/// A key, the number of its value's type, the value.
inline std::string key_value(const std::string& key, uint32_t type, const std::string& value) {
  return counted(key) + le(type) + value;
}
inline std::string u32_key(const std::string& key, uint32_t value) {
  return key_value(key, 4, le(value));
}
inline std::string f32_key(const std::string& key, float value) {
  uint32_t bits = 0;
  static_assert(sizeof bits == sizeof value);
  __builtin_memcpy(&bits, &value, sizeof bits);
  return key_value(key, 6, le(bits));
}
inline std::string text_key(const std::string& key, const std::string& value) {
  return key_value(key, 8, counted(value));
}
inline std::string array_key(const std::string& key, uint32_t type, uint64_t count,
                             const std::string& elements) {
  return key_value(key, 9, le(type) + le(count) + elements);
}

/// A tensor's entry in the table. @param ne  the fastest dimension first
inline std::string tensor_entry(const std::string& name, const std::vector<uint64_t>& ne,
                                uint32_t type, uint64_t offset) {
  std::string entry = counted(name) + le(static_cast<uint32_t>(ne.size()));
  for (const uint64_t dimension : ne) entry += le(dimension);
  return entry + le(type) + le(offset);
}

/// A file's parts; bytes() joins them.
struct GgufBytes {
  std::string magic = "GGUF";
  uint32_t version = 3;
  std::vector<std::string> keys, tensors;
  std::string data;
  uint64_t key_count = 0, tensor_count = 0;  ///< 0: as many as there are
  uint64_t alignment = 32;

  std::string bytes() const {
    std::string all = magic + le(version) +
                      le(tensor_count != 0 ? tensor_count : uint64_t{tensors.size()}) +
                      le(key_count != 0 ? key_count : uint64_t{keys.size()});
    for (const std::string& key : keys) all += key;
    for (const std::string& tensor : tensors) all += tensor;
    if (!tensors.empty()) all.resize((all.size() + alignment - 1) / alignment * alignment);
    return all + data;
  }
};

/// Two keys and two tensors: "a" of F32 [2, 3], "b" of Q8_0 [1, 32].
inline GgufBytes small_gguf() {
  GgufBytes file;
  file.keys = {text_key("general.architecture", "llama"),
               array_key("numbers", 5, 2, le(int32_t{7}) + le(int32_t{-1}))};
  file.tensors = {tensor_entry("a", {3, 2}, 0, 0), tensor_entry("b", {32}, 8, 32)};
  file.data = std::string(32, '\0') + std::string(34, '\1') + std::string(30, '\0');
  return file;
}

}  // namespace nibble::test
