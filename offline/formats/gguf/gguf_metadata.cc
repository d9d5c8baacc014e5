// Reads metadata, trusting no length, count or type in it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_metadata.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

/// Whole numbers from 0 up are unsigned, as in a document that was parsed.
template <class T>
Json json_of(T value) {
  if constexpr (std::is_signed_v<T>) {
    if (value < 0) return static_cast<int64_t>(value);
  }
  return static_cast<uint64_t>(value);
}

Json read_flag(ByteCursor& cursor, const std::string& what) {
  const auto value = cursor.number<uint8_t>(what);
  if (value > 1) cursor.fail(what + " is a flag of " + std::to_string(value) + ", must be 0 or 1");
  return value == 1;
}

Json read_scalar(ByteCursor& cursor, GgufType type, const std::string& what) {
  switch (type) {
    case GgufType::U8:
      return json_of(cursor.number<uint8_t>(what));
    case GgufType::I8:
      return json_of(cursor.number<int8_t>(what));
    case GgufType::U16:
      return json_of(cursor.number<uint16_t>(what));
    case GgufType::I16:
      return json_of(cursor.number<int16_t>(what));
    case GgufType::U32:
      return json_of(cursor.number<uint32_t>(what));
    case GgufType::I32:
      return json_of(cursor.number<int32_t>(what));
    case GgufType::U64:
      return json_of(cursor.number<uint64_t>(what));
    case GgufType::I64:
      return json_of(cursor.number<int64_t>(what));
    case GgufType::F32:
      return cursor.number<float>(what);
    case GgufType::F64:
      return cursor.number<double>(what);
    case GgufType::Bool:
      return read_flag(cursor, what);
    case GgufType::String:
      return std::string(read_gguf_string(cursor, kMaxGgufStringBytes, what));
    case GgufType::Array:
      break;
  }
  cursor.fail(what + " has type " + std::to_string(static_cast<uint32_t>(type)) +
              ", which no value has; the file is damaged");
}

/// Walks over the elements, so that later readers need no checks.
void skip_elements(ByteCursor& cursor, const GgufArray& array, const std::string& what) {
  const uint32_t element_bytes = gguf_value_bytes(array.type);
  if (element_bytes != 0) {
    cursor.take(array.count * element_bytes, what);
    return;
  }
  for (uint64_t i = 0; i < array.count; ++i) read_gguf_string(cursor, kMaxGgufStringBytes, what);
}

GgufArray read_array_head(ByteCursor& cursor, const std::string& what) {
  const uint64_t start = cursor.offset();
  GgufArray array;
  array.type = static_cast<GgufType>(cursor.number<uint32_t>(what));
  array.count = cursor.number<uint64_t>(what);
  array.offset = cursor.offset();
  if (array.type != GgufType::String && gguf_value_bytes(array.type) == 0) {
    cursor.fail_at(start, what + " is an array of type " +
                              std::to_string(static_cast<uint32_t>(array.type)) +
                              "; arrays hold numbers, flags or texts");
  }
  if (array.count > kMaxGgufArray) {
    cursor.fail_at(start, what + " is an array of " + std::to_string(array.count) +
                              " values, at most " + std::to_string(kMaxGgufArray) + " are allowed");
  }
  return array;
}

/// @returns the elements of a short array; null for others
Json read_array(ByteCursor& cursor, const std::string& what, GgufArray& array) {
  array = read_array_head(cursor, what);
  ByteCursor elements = cursor;
  skip_elements(cursor, array, what);
  const uint64_t bytes = cursor.offset() - array.offset;
  array.bytes = ByteCursor(elements).take(bytes, what);
  if (array.count > kMaxGgufListed) return nullptr;
  Json list = Json::array();
  for (uint64_t i = 0; i < array.count; ++i) {
    list.push_back(read_scalar(elements, array.type, what));
  }
  return list;
}

std::string read_key(ByteCursor& cursor, const Json& values) {
  const uint64_t start = cursor.offset();
  std::string key(read_gguf_string(cursor, kMaxGgufKeyBytes, "a key"));
  if (key.empty()) cursor.fail_at(start, "has an empty key; the file is damaged");
  if (values.contains(key)) cursor.fail_at(start, "has the key '" + key + "' twice");
  return key;
}

}  // namespace

uint32_t gguf_value_bytes(GgufType type) {
  constexpr uint32_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  const auto index = static_cast<uint32_t>(type);
  return index < std::size(kBytes) ? kBytes[index] : 0;
}

std::string_view read_gguf_string(ByteCursor& cursor, uint64_t most, const std::string& what) {
  const uint64_t start = cursor.offset();
  const auto length = cursor.number<uint64_t>(what);
  if (length > most) {
    cursor.fail_at(start, what + " is a text of " + std::to_string(length) + " bytes, at most " +
                              std::to_string(most) + " are allowed");
  }
  return cursor.take(length, what);
}

void read_gguf_metadata(ByteCursor& cursor, uint64_t count, Json& values,
                        std::map<std::string, GgufArray>& arrays) {
  for (uint64_t i = 0; i < count; ++i) {
    const std::string key = read_key(cursor, values);
    const std::string what = "the value of '" + key + "'";
    const auto type = static_cast<GgufType>(cursor.number<uint32_t>(what));
    // A long array's key has the value null: that counts as absent, but the key is taken.
    values[key] = type == GgufType::Array ? read_array(cursor, what, arrays[key])
                                          : read_scalar(cursor, type, what);
  }
}

}  // namespace nibble::offline
