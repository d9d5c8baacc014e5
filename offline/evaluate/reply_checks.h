// What can be seen to be wrong with a reply, without knowing what would be right.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nibble::offline {

/// Tokens as a model drew them, without the end token.
struct DrawnReply {
  std::vector<Token> tokens;
  EndReason end = EndReason::None;
};

/// A part of a reply that says one thing over and over: `tokens` tokens, of which each equals the
/// one `period_tokens` before it, the first period excepted.
struct RepetitionLoop {
  uint32_t period_tokens = 0, tokens = 0;
};

/// A loop says its period at least so often, and has at least so many tokens: a list or a table
/// repeats itself less.
inline constexpr uint32_t kLoopRepeats = 4;
inline constexpr uint32_t kLoopTokens = 16;

/// The longest loop, of the shortest period among equals; 0 tokens if there is none. O(n²).
RepetitionLoop find_loop(std::span<const Token> tokens);

/// The number of byte sequences in a reply's pieces that are no UTF-8. A character that the end of
/// a reply cuts off counts unless a limit cut it.
uint32_t count_invalid_utf8(const Tokenizer& tokenizer, const DrawnReply& reply);

/// What is wrong with one reply.
struct ReplyFaults {
  RepetitionLoop loop;
  bool is_empty = false;  ///< The model ended it before anything that is not white space.
  /// The model ended it with less than half the reference's tokens, and the reference has no loop.
  bool is_cut_short = false;
  uint32_t invalid_utf8 = 0;
  /// "repeats 3 tokens over 24; ends early"; "" without a fault
  std::string text() const;
};

/// @param reference  the reply to compare the length with; the reply itself for a reference
ReplyFaults find_faults(const Tokenizer& tokenizer, const DrawnReply& reply,
                        const DrawnReply& reference);

/// How many tokens two replies begin with in common.
size_t common_tokens(const DrawnReply& a, const DrawnReply& b);

}  // namespace nibble::offline
