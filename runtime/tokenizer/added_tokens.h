// Finds the added tokens in a text: leftmost first, longest among those that begin together.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/turns.h"
#include "runtime/tokenizer/characters.h"

namespace nibble {

/// Where a token is, with the spaces that it takes. begin == end: there is none.
struct AddedMatch {
  size_t begin = 0, end = 0;
  Token token = format::kNoToken;
};

/// Says which parts of a text may become control tokens.
class TrustedParts {
 public:
  explicit TrustedParts(Span<const TextPart> parts) : parts_(parts) {}
  /// Whether one trusted part has all of it. Asked with ascending `begin`.
  bool covers(size_t begin, size_t end);

 private:
  Span<const TextPart> parts_;
  size_t index_ = 0;
  size_t begin_ = 0;  ///< Of part index_, in the whole text.
};

class AddedTokenFinder {
 public:
  /// @param rules    kInNormalizedText or 0: which tokens are looked for
  /// @param trusted  of this text; null: no control token is in it
  /// @param turns    each byte counts
  AddedTokenFinder(const TokenizerTables& tables, Text text, uint8_t rules, TrustedParts* trusted,
                   Turns& turns)
      : tables_(tables), text_(text), rules_(rules), trusted_(trusted), turns_(turns) {}

  /// The first match from `from` on. Cost: linear in the text up to it, times the longest token.
  AddedMatch next(size_t from) const;

 private:
  AddedMatch longest_at(size_t begin) const;
  bool is_allowed(uint32_t index, size_t begin, size_t end) const;
  bool stands_alone(size_t begin, size_t end) const;
  void take_spaces(uint32_t rules, size_t from, AddedMatch& match) const;

  const TokenizerTables& tables_;
  const Text text_;
  const uint8_t rules_;
  TrustedParts* const trusted_;
  Turns& turns_;
};

}  // namespace nibble
