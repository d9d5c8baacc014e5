// Rules that a reply has to keep, as a file of prompts states them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nibble::offline {

/// Patterns longer than this are refused: compiling one takes stack for each of its parentheses.
inline constexpr size_t kMaxPatternBytes = 1000;
inline constexpr uint32_t kDefaultReplyTokens = 64;

/// A prompt, and what its reply has to keep; all that is set.
struct ReplyRules {
  std::string prompt;
  std::string where;                   ///< "rules.jsonl: line 3"
  std::vector<std::string> contains;   ///< each of these texts
  std::optional<std::string> regex;    ///< an ECMAScript expression that matches somewhere
  std::vector<std::string> one_of;     ///< is one of these, white space around it aside
  bool json = false;                   ///< is a JSON document
  std::optional<uint32_t> max_tokens;  ///< ends by itself after at most so many tokens

  /// Of a reply at most: one more than it may have.
  uint32_t limit_tokens() const { return max_tokens ? *max_tokens + 1 : kDefaultReplyTokens; }
};

/// One object per line: "prompt", and at least one of "contains" (a text or a list of texts),
/// "regex", "one_of", "json" (true) and "max_tokens". Throws InputError, naming the line, for
/// anything else, invalid regular expressions included.
std::vector<ReplyRules> read_reply_rules(const std::filesystem::path& path);

struct JudgedReply {
  std::string text;
  uint32_t tokens = 0;
  bool has_ended = false;  ///< by itself: not by a limit
};

/// The first rule that the reply does not keep, in words: 'contains "smtp"'; "" if it keeps all.
/// A regular expression may take any time and stack on some replies.
std::string broken_rule(const ReplyRules& rules, const JudgedReply& reply);

}  // namespace nibble::offline
