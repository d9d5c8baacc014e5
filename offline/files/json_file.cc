// Builds a JSON document event by event, refusing what two readers could understand differently.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/json_file.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

/// Receives the parser's events; the signatures are those nlohmann-json calls.
class StrictBuilder {
 public:
  explicit StrictBuilder(const std::string& where) : where_(where) {}

  bool null() { return place(nullptr); }
  bool boolean(bool value) { return place(value); }
  bool number_integer(Json::number_integer_t value) { return place(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return place(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return place(value); }
  bool string(std::string& value) { return place(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // JSON text has none

  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    const auto [member, is_new] = open_.back().container->emplace(name, nullptr);
    open_.back().member = name;
    if (!is_new) throw InputError(path(), "this key is given twice; keep one of them");
    slot_ = &*member;
    return true;
  }

  bool parse_error(size_t offset, const std::string&, const Json::exception& error) {
    throw InputError(where_ + ": offset " + std::to_string(offset),
                     std::string("is not valid JSON: ") + error.what());
  }

  Json take() { return std::move(root_); }

 private:
  struct Open {
    Json* container;
    std::string member;  // of an object: the key being read
  };

  template <class T>
  bool place(T&& value) {
    *next_slot() = std::forward<T>(value);
    return true;
  }

  /// Where the value now being read belongs. Stays valid until its parent gets another value.
  Json* next_slot() {
    if (open_.empty()) return &root_;
    if (open_.back().container->is_object()) return slot_;
    return &open_.back().container->emplace_back();
  }

  bool open(Json empty) {
    Json* const container = next_slot();
    if (open_.size() == kMaxJsonDepth) {
      throw InputError(path(), "nests deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    }
    *container = std::move(empty);
    open_.push_back({container, {}});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  /// JSON pointer of the value being read: the last one of each open container.
  std::string path() const {
    std::string path = where_ + ": ";
    for (const Open& level : open_) {
      path += "/";
      path +=
          level.container->is_object() ? level.member : std::to_string(level.container->size() - 1);
    }
    return path;
  }

  const std::string& where_;
  Json root_;
  std::vector<Open> open_;
  Json* slot_ = nullptr;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    throw InputError(where + ": offset 0", "starts with a byte order mark; remove it");
  }
  StrictBuilder builder(where);
  Json::sax_parse(text, &builder);
  return builder.take();
}

Json read_json_file(const std::filesystem::path& path, uint64_t max_bytes) {
  return parse_json(read_input_file(path, max_bytes), path.string());
}

}  // namespace nibble::offline
