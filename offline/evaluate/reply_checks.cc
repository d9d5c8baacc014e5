// Looks for periods, early ends and broken characters.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/reply_checks.h"

#include <algorithm>

#include "runtime/core/utf8.h"

namespace nibble::offline {
namespace {

std::string bytes_of(const Tokenizer& tokenizer, const DrawnReply& reply) {
  std::string bytes;
  for (const Token token : reply.tokens) {
    const Text piece = tokenizer.piece(token);
    bytes.append(piece.data(), piece.size());
  }
  return bytes;
}

/// The longest stretch in which each token equals the one `period` before it, first period
/// included.
uint32_t longest_stretch(std::span<const Token> tokens, uint32_t period) {
  uint32_t longest = 0, equal = 0;
  for (size_t i = period; i < tokens.size(); ++i) {
    equal = tokens[i] == tokens[i - period] ? equal + 1 : 0;
    longest = std::max(longest, equal);
  }
  return longest == 0 ? 0 : longest + period;
}

bool is_ended_by_model(const DrawnReply& reply) {
  return reply.end == EndReason::EndToken;
}

}  // namespace

RepetitionLoop find_loop(std::span<const Token> tokens) {
  RepetitionLoop loop;
  for (uint32_t period = 1; size_t{period} * kLoopRepeats <= tokens.size(); ++period) {
    const uint32_t stretch = longest_stretch(tokens, period);
    const bool is_loop = stretch >= std::max(period * kLoopRepeats, kLoopTokens);
    if (is_loop && stretch > loop.tokens) loop = {period, stretch};
  }
  return loop;
}

uint32_t count_invalid_utf8(const Tokenizer& tokenizer, const DrawnReply& reply) {
  const std::string bytes = bytes_of(tokenizer, reply);
  uint32_t invalid = 0;
  for (Text rest(bytes.data(), bytes.size()); !rest.empty();) {
    const Utf8Prefix prefix = utf8_prefix(rest);
    const bool is_fault =
        prefix.kind == Utf8::Malformed || (prefix.kind == Utf8::Cut && is_ended_by_model(reply));
    invalid += is_fault ? 1 : 0;
    rest = rest.from(prefix.bytes);
  }
  return invalid;
}

ReplyFaults find_faults(const Tokenizer& tokenizer, const DrawnReply& reply,
                        const DrawnReply& reference) {
  const std::string bytes = bytes_of(tokenizer, reply);
  const bool is_blank = bytes.find_first_not_of(" \t\r\n") == std::string::npos;
  ReplyFaults faults;
  faults.loop = find_loop(reply.tokens);
  faults.is_empty = is_ended_by_model(reply) && is_blank;
  faults.is_cut_short = is_ended_by_model(reply) &&
                        reply.tokens.size() * 2 < reference.tokens.size() &&
                        find_loop(reference.tokens).tokens == 0;
  faults.invalid_utf8 = count_invalid_utf8(tokenizer, reply);
  return faults;
}

std::string ReplyFaults::text() const {
  std::string text;
  const auto add = [&text](const std::string& fault) {
    text += (text.empty() ? "" : "; ") + fault;
  };
  if (loop.tokens != 0) {
    add("repeats " + std::to_string(loop.period_tokens) + " tokens over " +
        std::to_string(loop.tokens));
  }
  if (is_empty) add("says nothing");
  if (is_cut_short) add("ends early");
  if (invalid_utf8 != 0) add(std::to_string(invalid_utf8) + " byte sequences are no UTF-8");
  return text;
}

size_t common_tokens(const DrawnReply& a, const DrawnReply& b) {
  return static_cast<size_t>(std::ranges::mismatch(a.tokens, b.tokens).in1 - a.tokens.begin());
}

}  // namespace nibble::offline
