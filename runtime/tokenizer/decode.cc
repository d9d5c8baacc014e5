// Tokens to text: a token's bytes, and whole characters out of a stream of them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/core/utf8.h"
#include "runtime/tokenizer/tables.h"

namespace nibble {
namespace {

constexpr char kReplacement[] = {'\xEF', '\xBF', '\xBD'};  // U+FFFD

}  // namespace

Text Tokenizer::piece(Token token) const {
  if (token >= vocabulary_) return {};
  const TokenizerTables tables(*this);
  return tables.type(token) == format::PieceType::Control ? Text() : tables.text(token);
}

bool Tokenizer::is_end(Token token) const {
  if (token == format::kNoToken) return false;
  for (const Token end : ends_) {
    if (token == end) return true;
  }
  return false;
}

bool Tokenizer::adds_prefix() const {
  return (flags_ & format::kAddDummyPrefix) != 0;
}

Result<size_t> TextStream::push(Text piece, Span<char> out) {
  const size_t needed = kMaxExpansion * (piece.size() + held_bytes_);
  if (out.size() < needed) return Failure{Error::BufferTooSmall, needed};
  if (drop_space_ && !piece.empty()) {
    if (piece[0] == ' ') piece = piece.from(1);
    drop_space_ = false;
  }
  size_t written = 0;
  for (const char byte : piece) {
    held_[held_bytes_++] = static_cast<uint8_t>(byte);
    written += release(out.from(written));
  }
  return written;
}

/// Writes the characters that the held bytes have become; what is left is nothing or the start of
/// a character.
size_t TextStream::release(Span<char> out) {
  size_t written = 0;
  while (held_bytes_ != 0) {
    const Utf8Prefix prefix = utf8_prefix({reinterpret_cast<const char*>(held_), held_bytes_});
    if (prefix.kind == Utf8::Cut) break;
    const bool is_whole = prefix.kind == Utf8::Whole;
    const char* const from = is_whole ? reinterpret_cast<const char*>(held_) : kReplacement;
    const size_t bytes = is_whole ? prefix.bytes : sizeof(kReplacement);
    for (size_t i = 0; i < bytes; ++i) out[written++] = from[i];
    held_bytes_ = static_cast<uint8_t>(held_bytes_ - prefix.bytes);
    for (size_t i = 0; i < held_bytes_; ++i) held_[i] = held_[i + prefix.bytes];
  }
  return written;
}

Result<size_t> TextStream::flush(Span<char> out) {
  if (held_bytes_ == 0) return size_t{0};
  if (out.size() < sizeof(kReplacement)) {
    return Failure{Error::BufferTooSmall, sizeof(kReplacement)};
  }
  // The held bytes are the start of one character, so one replacement takes their place.
  for (size_t i = 0; i < sizeof(kReplacement); ++i) out[i] = kReplacement[i];
  held_bytes_ = 0;
  return sizeof(kReplacement);
}

}  // namespace nibble
