// Reads rules strictly, and looks for the first that a reply breaks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/reply_rules.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/files/json_lines.h"
#include "offline/files/json_value.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kMaxReplyTokens = 4096;
constexpr const char* kMembers[] = {"prompt", "contains", "regex", "one_of", "json", "max_tokens"};

/// A text, or a list of texts that is not empty.
std::vector<std::string> texts(const JsonValue& json) {
  if (!json.exists()) return {};
  if (json.json().is_string()) return {json.text()};
  std::vector<std::string> list;
  for (size_t i = 0; i < json.array_size(); ++i) list.push_back(json[i].text());
  if (list.empty()) json.refuse("is empty; give at least one text");
  return list;
}

std::regex compiled(const std::string& pattern) {
  return std::regex(pattern);
}

std::optional<std::string> pattern(const JsonValue& json) {
  if (!json.exists()) return std::nullopt;
  const std::string& text = json.text();
  if (text.size() > kMaxPatternBytes) {
    json.refuse("has more than " + std::to_string(kMaxPatternBytes) + " bytes; shorten it");
  }
  try {
    compiled(text);
  } catch (const std::regex_error& error) {
    json.refuse("is " + json.quoted() + ", no regular expression of ECMAScript: " + error.what() +
                "; mend it");
  }
  return text;
}

void require_known_members(const JsonValue& json) {
  for (const std::string& member : json.keys()) {
    if (std::ranges::find(kMembers, member) != std::end(kMembers)) continue;
    json[member].refuse("is unknown; a line has prompt, contains, regex, one_of, json, max_tokens");
  }
}

ReplyRules read_rules(const JsonValue& json, const std::string& where) {
  require_known_members(json);
  ReplyRules rules;
  rules.where = where;
  rules.prompt = json["prompt"].text();
  if (rules.prompt.empty()) json["prompt"].refuse("is empty; give some text");
  rules.contains = texts(json["contains"]);
  rules.regex = pattern(json["regex"]);
  rules.one_of = texts(json["one_of"]);
  rules.json = json["json"].flag_or(false);
  if (json["max_tokens"].exists()) rules.max_tokens = json["max_tokens"].count(kMaxReplyTokens);
  const bool has_rule = !rules.contains.empty() || rules.regex || !rules.one_of.empty() ||
                        rules.json || rules.max_tokens;
  if (!has_rule)
    json.refuse(
        "has a prompt but no check; give contains, regex, one_of, json or "
        "max_tokens");
  return rules;
}

std::string trimmed(const std::string& text) {
  const char* const kSpaces = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_json(const std::string& text) {
  try {
    parse_json(trimmed(text), "reply");
    return true;
  } catch (const InputError&) {
    return false;
  }
}

std::string broken_text_rule(const ReplyRules& rules, const std::string& text) {
  for (const std::string& part : rules.contains) {
    if (text.find(part) == std::string::npos) return "contains " + quoted(part);
  }
  if (rules.one_of.empty()) return "";
  if (std::ranges::find(rules.one_of, trimmed(text)) != rules.one_of.end()) return "";
  std::string list;
  for (const std::string& choice : rules.one_of)
    list += (list.empty() ? "" : ", ") + quoted(choice);
  return "one of " + list;
}

}  // namespace

std::vector<ReplyRules> read_reply_rules(const std::filesystem::path& path) {
  std::vector<ReplyRules> all;
  read_json_lines(path, "prompts", [&](nlohmann::json json, const std::string& where) {
    all.push_back(read_rules(JsonValue(std::move(json), where), where));
  });
  return all;
}

std::string broken_rule(const ReplyRules& rules, const JudgedReply& reply) {
  const std::string broken = broken_text_rule(rules, reply.text);
  if (!broken.empty()) return broken;
  if (rules.json && !is_json(reply.text)) return "json";
  if (rules.max_tokens && (!reply.has_ended || reply.tokens > *rules.max_tokens)) {
    return "max_tokens " + std::to_string(*rules.max_tokens);
  }
  if (rules.regex && !std::regex_search(reply.text, compiled(*rules.regex))) {
    return "regex " + quoted(*rules.regex);
  }
  return "";
}

}  // namespace nibble::offline
