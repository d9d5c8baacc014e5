// A small part of YAML: what JSON and it write alike, and plain words.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/front_matter.h"

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/files/text.h"

namespace nibble::offline {
namespace {

/// A JSON string is a double-quoted scalar of YAML.
std::string quoted(const std::string& text) {
  return nlohmann::json(valid_utf8(text)).dump(-1, ' ', true);
}

std::string list_text(const std::string& key, const std::vector<std::string>& values) {
  if (values.empty()) return "";
  std::string text = key + ":\n";
  for (const std::string& value : values) text += "- " + quoted(value) + "\n";
  return text;
}

class FrontMatterReader {
 public:
  FrontMatterReader(const std::string& card, std::string where)
      : lines_(card), where_(std::move(where)) {}

  FrontMatter read() {
    if (!next() || line_ != "---") refuse("does not start with a line '---'");
    while (next() && line_ != "---") read_line();
    if (line_ != "---") refuse("has no second line '---'");
    return std::move(matter_);
  }

 private:
  bool next() {
    ++number_;
    return static_cast<bool>(std::getline(lines_, line_));
  }

  void read_line() {
    if (line_.starts_with("- ") || line_.starts_with("  - ")) {
      const size_t start = line_.find('-') + 2;
      return add(scalar(line_.substr(start)), true);
    }
    const size_t colon = line_.find(':');
    if (colon == std::string::npos || colon == 0 || line_[0] == ' ') refuse("is no 'key: value'");
    key_ = line_.substr(0, colon);
    if (!keys_.insert(key_).second) refuse("gives the key '" + key_ + "' a second time");
    const size_t value = line_.find_first_not_of(' ', colon + 1);
    if (value == std::string::npos) return;  // a list follows
    if (value == colon + 1) refuse("lacks a space behind the colon");
    add(scalar(line_.substr(value)), false);
  }

  std::string scalar(const std::string& text) const {
    if (text.starts_with('"')) {
      const nlohmann::json value = parse_json(text, here());
      return value.get<std::string>();
    }
    constexpr std::string_view kMarkup = "'[]{}&*!|>%@`#,";
    if (text.empty() || kMarkup.find(text[0]) != std::string_view::npos ||
        text.find(": ") != std::string::npos || text.find(" #") != std::string::npos) {
      refuse("has a value that is no plain text; put it between double quotes");
    }
    return text;
  }

  void add(const std::string& value, bool is_item) {
    std::vector<std::string>* const list = list_of(key_);
    if (list != nullptr) return list->push_back(value);
    if (is_item && (key_ == "license" || key_ == "pipeline_tag")) refuse("must be one text");
    if (key_ == "license") matter_.license = value;
    if (key_ == "pipeline_tag") matter_.pipeline_tag = value;
    if (is_item && key_.empty()) refuse("has an item of no list");
  }

  std::vector<std::string>* list_of(const std::string& key) {
    if (key == "base_model") return &matter_.base_model;
    if (key == "tags") return &matter_.tags;
    return key == "language" ? &matter_.language : nullptr;
  }

  std::string here() const { return where_ + ": line " + std::to_string(number_); }
  [[noreturn]] void refuse(const std::string& what) const { throw InputError(here(), what); }

  std::istringstream lines_;
  std::string where_, line_, key_;
  std::set<std::string> keys_;
  int number_ = 0;
  FrontMatter matter_{
      .license = {}, .base_model = {}, .tags = {}, .language = {}, .pipeline_tag = {}};
};

}  // namespace

std::string front_matter_text(const FrontMatter& matter) {
  return "---\nlicense: " + quoted(matter.license) + "\n" +
         list_text("base_model", matter.base_model) +
         (matter.base_model.empty() ? "" : "base_model_relation: \"quantized\"\n") +
         list_text("tags", matter.tags) + list_text("language", matter.language) +
         "pipeline_tag: " + quoted(matter.pipeline_tag) + "\nlibrary_name: \"nibble\"\n---\n";
}

FrontMatter read_front_matter(const std::string& card, const std::string& where) {
  return FrontMatterReader(card, where).read();
}

}  // namespace nibble::offline
