// SentencePiece's spaces, the merging of symbols, and tokens for what no piece covers.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/sentencepiece_encoder.h"

#include "runtime/tokenizer/sentencepiece_merger.h"

namespace nibble {
namespace {

/// How SentencePiece writes a space: U+2581, lower one eighth block.
constexpr char kSpaceMark[] = {'\xE2', '\x96', '\x81'};

bool starts_with_space_mark(Text text) {
  return text.size() >= 3 && text[0] == kSpaceMark[0] && text[1] == kSpaceMark[1] &&
         text[2] == kSpaceMark[2];
}

/// Writes the text as the pieces have it: the prefix, and a space for each space mark.
/// @returns bytes written, at most text.size() + 1
size_t normalize(Text text, bool add_prefix, char* out) {
  size_t bytes = 0;
  if (add_prefix && !text.empty()) out[bytes++] = ' ';
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_mark = starts_with_space_mark(text.from(i));
    out[bytes++] = is_mark ? ' ' : text[i];
    if (is_mark) i += 2;
  }
  return bytes;
}

/// Counts tokens, and writes those that fit.
class TokenWriter {
 public:
  TokenWriter(const TokenizerTables& tables, Span<Token> out) : tables_(tables), out_(out) {}

  void write(Token token) {
    if (count_ < out_.size()) out_[count_] = token;
    ++count_;
    after_unknown_ = false;
  }
  void write_symbol(const Symbol& symbol, Text text) {
    if (symbol.token != format::kNoToken) return write(symbol.token);
    if (!tables_.has(format::kByteFallback)) return write_unknown();
    for (const char byte : text) write(tables_.byte_token(static_cast<uint8_t>(byte)));
  }
  Result<size_t> finish() const {
    if (count_ > out_.size()) return Failure{Error::BufferTooSmall, count_};
    return count_;
  }

 private:
  /// One token for a run of unknown characters, as SentencePiece has it.
  void write_unknown() {
    if (!after_unknown_) write(tables_.unknown());
    after_unknown_ = true;
  }

  const TokenizerTables& tables_;
  const Span<Token> out_;
  size_t count_ = 0;
  bool after_unknown_ = false;
};

}  // namespace

Checked sentencepiece_workspace_bytes(size_t text_bytes) {
  return SentencePieceMemory::bytes(Checked(text_bytes) + 1).aligned(8);
}

Result<size_t> encode_sentencepiece(const TokenizerTables& tables, Text text, EncodeMode mode,
                                    Span<Token> out, uint8_t* workspace) {
  const SentencePieceMemory memory = SentencePieceMemory::carve(workspace, text.size() + 1);
  const bool add_prefix = mode != EncodeMode::Continue && tables.has(format::kAddDummyPrefix);
  const size_t bytes = normalize(text, add_prefix, memory.text);
  SentencePieceMerger merger(tables, memory, bytes);
  merger.split();
  merger.merge();

  TokenWriter writer(tables, out);
  if (mode == EncodeMode::Prompt && tables.has(format::kAddBos)) writer.write(tables.begin());
  for (size_t begin = 0; begin < bytes; begin += memory.symbols[begin].bytes) {
    const Symbol& symbol = memory.symbols[begin];
    writer.write_symbol(symbol, Text(memory.text + begin, symbol.bytes));
  }
  return writer.finish();
}

}  // namespace nibble
