// A value inside a JSON document that knows its path, so that every refusal names it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace nibble::offline {

/// A place in a document, where a value may or may not be: null counts as absent, as it does for
/// Hugging Face. The document lives as long as any JsonValue of it. Every refusal is an InputError
/// with the value's path: "model/config.json: /rope_scaling/type".
class JsonValue {
 public:
  /// The whole document. @param where  names it in messages: "model/config.json"
  JsonValue(nlohmann::json document, std::string where);

  const nlohmann::json& json() const { return *json_; }
  std::string path() const;
  bool exists() const;

  /// A member of an object; absent in anything else.
  JsonValue operator[](const std::string& key) const;
  /// An element of an array. @pre index < json().size()
  JsonValue operator[](size_t index) const;

  /// The members' names. Refuses what is no object.
  std::vector<std::string> keys() const;
  /// The number of elements. Refuses what is no array.
  size_t array_size() const;
  const std::string& text() const;
  bool flag() const;
  /// An integer from 0 up.
  uint64_t whole_number() const;
  /// An integer from 1 to `most`.
  uint32_t count(uint32_t most) const;
  double number(double least, double most) const;

  bool flag_or(bool otherwise) const { return exists() ? flag() : otherwise; }
  uint32_t count_or(uint32_t most, uint32_t otherwise) const {
    return exists() ? count(most) : otherwise;
  }
  double number_or(double least, double most, double otherwise) const {
    return exists() ? number(least, most) : otherwise;
  }

  [[noreturn]] void refuse(const std::string& what) const;
  /// Refuses by quoting the value: 'is "yarn", which is not supported'.
  [[noreturn]] void refuse_as_unsupported() const;
  /// The value as JSON text, cut where it is long: for messages.
  std::string quoted() const;

 private:
  JsonValue(const JsonValue& document, const nlohmann::json& value, std::string pointer);
  /// Refuses unless the value is there and `fits`.
  void expect(bool fits, const std::string& what) const;

  std::shared_ptr<const nlohmann::json> json_;
  std::shared_ptr<const std::string> where_;
  std::string pointer_;
};

/// read_json_file() as a document that is named by its path.
JsonValue read_json_document(const std::filesystem::path& path);

}  // namespace nibble::offline
