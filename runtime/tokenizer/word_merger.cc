// Splits a word into symbols, then merges neighbors until none are left that may merge.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/word_merger.h"

#include "runtime/core/utf8.h"

namespace nibble {

Symbol WordMerger::symbol_at(uint32_t begin) const {
  if (tables_.kind() == format::TokenizerKind::ByteLevelBpe)
    return {1, 0, tables_.byte_token(static_cast<uint8_t>(text_[begin]))};
  const Utf8Prefix prefix = utf8_prefix(text_.from(begin));
  // A malformed byte is a symbol of its own: no piece of well-formed text can match it.
  const size_t bytes = prefix.kind == Utf8::Whole ? prefix.bytes : 1;
  return {static_cast<uint16_t>(bytes), 0, tables_.find(text_.slice(begin, bytes))};
}

void WordMerger::split() {
  uint16_t previous_bytes = 0;
  for (uint32_t begin = 0; begin < text_.size(); begin += previous_bytes) {
    Symbol symbol = symbol_at(begin);
    symbol.previous_bytes = previous_bytes;
    symbols_[begin] = symbol;
    // Merging looks at every byte's entry: the other bytes start no symbol.
    for (uint32_t i = 1; i < symbol.bytes; ++i) symbols_[begin + i].bytes = 0;
    previous_bytes = symbol.bytes;
    turns_.count(1);
  }
}

/// SentencePiece merges whatever reads as a piece, unknown characters included; merges of pairs
/// name both tokens, and the length of the left one tells which they are.
bool WordMerger::may_merge(const Symbol& left, const Symbol& right, Token token) const {
  if (!tables_.has(format::kPairMerges)) return true;
  const uint32_t left_bytes = tables_.merge(token) & format::kLeftBytesMask;
  return left.token != format::kNoToken && right.token != format::kNoToken &&
         (left_bytes == 0 || left_bytes == left.bytes);
}

/// Queues the symbol at `left` and its right neighbor, if they may merge.
void WordMerger::consider(uint32_t left) {
  turns_.count(1);
  const uint32_t right = left + symbols_[left].bytes;
  if (right == text_.size()) return;
  const uint32_t bytes = uint32_t{symbols_[left].bytes} + symbols_[right].bytes;
  if (bytes > tables_.longest_matchable_bytes()) return;
  const Token token = tables_.find(text_.slice(left, bytes));
  if (token == format::kNoToken || tables_.rank(token) == format::kNoRank) return;
  if (may_merge(symbols_[left], symbols_[right], token))
    queue_.push({tables_.rank(token), left, token});
}

/// A candidate stays queued when one of its symbols has merged elsewhere; then the lengths
/// disagree.
bool WordMerger::is_current(const MergeCandidate& candidate) const {
  const uint32_t left_bytes = symbols_[candidate.left].bytes;
  const uint32_t right = candidate.left + left_bytes;
  if (left_bytes == 0 || right == text_.size()) return false;
  return left_bytes + symbols_[right].bytes == tables_.text(candidate.token).size();
}

void WordMerger::apply(const MergeCandidate& candidate) {
  Symbol& left = symbols_[candidate.left];
  const uint32_t right = candidate.left + left.bytes;
  left.bytes = static_cast<uint16_t>(left.bytes + symbols_[right].bytes);
  left.token = candidate.token;
  symbols_[right].bytes = 0;

  const uint32_t next = candidate.left + left.bytes;
  if (next != text_.size()) symbols_[next].previous_bytes = left.bytes;
  if (left.previous_bytes != 0) consider(candidate.left - left.previous_bytes);
  consider(candidate.left);
}

void WordMerger::run() {
  split();
  for (uint32_t left = 0; left < text_.size(); left += symbols_[left].bytes) consider(left);
  while (!queue_.empty()) {
    turns_.count(1);
    const MergeCandidate best = queue_.pop();
    if (is_current(best)) apply(best);
  }
}

}  // namespace nibble
