// Looks members up, and refuses values of the wrong kind or out of range.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/json_value.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

}  // namespace

JsonValue::JsonValue(Json document, std::string where)
    : json_(std::make_shared<const Json>(std::move(document))),
      where_(std::make_shared<const std::string>(std::move(where))) {}

JsonValue::JsonValue(const JsonValue& document, const Json& value, std::string pointer)
    : json_(document.json_, &value), where_(document.where_), pointer_(std::move(pointer)) {}

std::string JsonValue::path() const {
  return *where_ + ": " + (pointer_.empty() ? "/" : pointer_);
}

bool JsonValue::exists() const {
  return !json_->is_null();
}

JsonValue JsonValue::operator[](const std::string& key) const {
  static const Json kAbsent;
  const auto found = json_->is_object() ? json_->find(key) : json_->end();
  const bool is_there = json_->is_object() && found != json_->end();
  return {*this, is_there ? *found : kAbsent, pointer_ + "/" + key};
}

JsonValue JsonValue::operator[](size_t index) const {
  return {*this, (*json_)[index], pointer_ + "/" + std::to_string(index)};
}

std::vector<std::string> JsonValue::keys() const {
  expect(json_->is_object(), "must be an object");
  std::vector<std::string> keys;
  for (const auto& [key, value] : json_->items()) keys.push_back(key);
  return keys;
}

size_t JsonValue::array_size() const {
  expect(json_->is_array(), "must be a list");
  return json_->size();
}

const std::string& JsonValue::text() const {
  expect(json_->is_string(), "must be a text");
  return json_->get_ref<const std::string&>();
}

bool JsonValue::flag() const {
  expect(json_->is_boolean(), "must be true or false");
  return json_->get<bool>();
}

uint64_t JsonValue::whole_number() const {
  expect(json_->is_number_unsigned(), "must be a non-negative integer");
  return json_->get<uint64_t>();
}

uint32_t JsonValue::count(uint32_t most) const {
  const bool fits =
      json_->is_number_unsigned() && json_->get<uint64_t>() >= 1 && json_->get<uint64_t>() <= most;
  expect(fits, "must be an integer from 1 to " + std::to_string(most));
  return json_->get<uint32_t>();
}

double JsonValue::number(double least, double most) const {
  const bool fits =
      json_->is_number() && json_->get<double>() >= least && json_->get<double>() <= most;
  expect(fits, "must be a number from " + Json(least).dump() + " to " + Json(most).dump());
  return json_->get<double>();
}

void JsonValue::expect(bool fits, const std::string& what) const {
  if (!exists()) refuse("is missing; it " + what);
  if (!fits) refuse("is " + quoted() + ", " + what);
}

void JsonValue::refuse(const std::string& what) const {
  throw InputError(path(), what);
}

void JsonValue::refuse_as_unsupported() const {
  refuse("is " + quoted() + ", which is not supported");
}

std::string JsonValue::quoted() const {
  constexpr size_t kShownBytes = 200;
  const std::string text = json_->dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= kShownBytes ? text : text.substr(0, kShownBytes) + "…";
}

JsonValue read_json_document(const std::filesystem::path& path) {
  return {read_json_file(path), path.string()};
}

}  // namespace nibble::offline
