// Where tokens go: counts all of them, and writes those that fit.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/tokenizer/tables.h"

namespace nibble {

class TokenWriter {
 public:
  TokenWriter(const TokenizerTables& tables, Span<Token> out) : tables_(tables), out_(out) {}

  void write(Token token) {
    if (count_ < out_.size()) out_[count_] = token;
    ++count_;
    after_unknown_ = false;
  }
  /// Text without a piece: its bytes, one unknown token for a run of it, or nothing where the
  /// vocabulary has neither.
  void write_unknown(Text text);
  Result<size_t> finish() const {
    if (count_ > out_.size()) return Failure{Error::BufferTooSmall, count_};
    return count_;
  }

 private:
  const TokenizerTables& tables_;
  const Span<Token> out_;
  size_t count_ = 0;
  bool after_unknown_ = false;
};

}  // namespace nibble
