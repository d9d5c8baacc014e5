// Splits a text into symbols, then merges neighbors until none are left that read as a piece.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/sentencepiece_merger.h"

#include "runtime/core/utf8.h"

namespace nibble {

/// The longest user-defined piece that the text has at `begin`, or a symbol of 0 bytes.
Symbol SentencePieceMerger::user_defined_at(uint32_t begin) const {
  const Text rest = text_.from(begin);
  const size_t longest = tables_.longest_user_defined_bytes();
  Symbol match = {0, 0, format::kNoToken};
  uint32_t hash = kPieceHashStart;
  for (size_t bytes = 1; bytes <= longest && bytes <= rest.size(); ++bytes) {
    hash = piece_hash(hash, rest[bytes - 1]);
    const Token token = tables_.find(rest.first(bytes), hash);
    if (token != format::kNoToken && tables_.type(token) == format::PieceType::UserDefined) {
      match = {static_cast<uint16_t>(bytes), 0, token};
    }
  }
  return match;
}

Symbol SentencePieceMerger::character_at(uint32_t begin) const {
  const Utf8Prefix prefix = utf8_prefix(text_.from(begin));
  // A malformed byte is a symbol of its own: no piece of well-formed text can match it.
  const size_t bytes = prefix.kind == Utf8::Whole ? prefix.bytes : 1;
  return {static_cast<uint16_t>(bytes), 0, find(begin, static_cast<uint32_t>(bytes))};
}

void SentencePieceMerger::split() {
  uint16_t previous_bytes = 0;
  for (uint32_t begin = 0; begin < text_.size(); begin += previous_bytes) {
    Symbol symbol = user_defined_at(begin);
    if (symbol.bytes == 0) symbol = character_at(begin);
    symbol.previous_bytes = previous_bytes;
    symbols_[begin] = symbol;
    // Merging looks at every byte's entry: the other bytes start no symbol.
    for (uint32_t i = 1; i < symbol.bytes; ++i) symbols_[begin + i].bytes = 0;
    previous_bytes = symbol.bytes;
  }
}

/// Queues the symbol at `left` and its right neighbor, if together they read as a piece.
void SentencePieceMerger::consider(uint32_t left) {
  const uint32_t right = left + symbols_[left].bytes;
  if (right == text_.size() || !may_merge(symbols_[left]) || !may_merge(symbols_[right])) return;
  const uint32_t bytes = uint32_t{symbols_[left].bytes} + symbols_[right].bytes;
  if (bytes > tables_.longest_matchable_bytes()) return;
  const Token token = find(left, bytes);
  if (token == format::kNoToken || tables_.rank(token) == format::kNoRank) return;
  queue_.push({tables_.rank(token), left, token});
}

/// A candidate stays queued when one of its symbols has merged elsewhere; then the lengths
/// disagree.
bool SentencePieceMerger::is_current(const MergeCandidate& candidate) const {
  const uint32_t left_bytes = symbols_[candidate.left].bytes;
  const uint32_t right = candidate.left + left_bytes;
  if (left_bytes == 0 || right == text_.size()) return false;
  return left_bytes + symbols_[right].bytes == tables_.text(candidate.token).size();
}

void SentencePieceMerger::apply(const MergeCandidate& candidate) {
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

void SentencePieceMerger::merge() {
  for (uint32_t left = 0; left < text_.size(); left += symbols_[left].bytes) consider(left);
  while (!queue_.empty()) {
    const MergeCandidate best = queue_.pop();
    if (is_current(best)) apply(best);
  }
}

}  // namespace nibble
