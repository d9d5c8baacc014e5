// Text to tokens: added tokens first; what lies between them is normalized, split and merged.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/tokenizer.h>

#include "runtime/core/checked.h"
#include "runtime/tokenizer/added_tokens.h"
#include "runtime/tokenizer/normalizer.h"
#include "runtime/tokenizer/token_writer.h"
#include "runtime/tokenizer/unigram.h"
#include "runtime/tokenizer/word_merger.h"
#include "runtime/tokenizer/word_splitter.h"

namespace nibble {
namespace {

/// Longer texts are refused, before or after normalization: positions fit uint32_t.
constexpr size_t kMaxTextBytes = size_t{1} << 30;

/// Of text, in each step over it: a million instructions where words take the most merges.
constexpr size_t kTurnBytes = 4096;

/// The arrays of one encoding, each as long as it can get.
struct EncodeMemory {
  Symbol* symbols;             ///< [capacity]
  MergeCandidate* candidates;  ///< [2 · capacity]; or prefixes() of a unigram model
  Span<char> normalized;       ///< [capacity]
  Span<char> whole;            ///< [text_bytes]: all parts, one after the other

  CheapestPrefix* prefixes() const { return reinterpret_cast<CheapestPrefix*>(candidates); }

  static size_t capacity(const TokenizerTables& tables, size_t text_bytes) {
    return text_bytes * normalized_expansion(tables) + 1;
  }
  static Checked bytes(Checked capacity, size_t text_bytes) {
    return (capacity * (sizeof(Symbol) + 2 * sizeof(MergeCandidate) + 1) + text_bytes).aligned(8);
  }
  /// @pre memory is 8-byte aligned and has bytes(capacity, text_bytes)
  static EncodeMemory carve(uint8_t* memory, size_t capacity, size_t text_bytes) {
    Symbol* const symbols = reinterpret_cast<Symbol*>(memory);
    MergeCandidate* const candidates = reinterpret_cast<MergeCandidate*>(symbols + capacity);
    char* const text = reinterpret_cast<char*>(candidates + 2 * capacity);
    return {symbols, candidates, {text, capacity}, {text + capacity, text_bytes}};
  }
};

Checked size_of(Span<const TextPart> parts) {
  Checked bytes = 0;
  for (const TextPart& part : parts) bytes = bytes + part.text.size();
  return bytes;
}

class Encoder {
 public:
  Encoder(const TokenizerTables& tables, const EncodeMemory& memory, Span<Token> out)
      : tables_(tables), memory_(memory), writer_(tables, out) {}

  Result<size_t> run(Span<const TextPart> parts, EncodeMode mode) {
    adds_prefix_ = mode != EncodeMode::Continue && tables_.has(format::kAddDummyPrefix);
    const bool is_prompt = mode == EncodeMode::Prompt;
    if (is_prompt && tables_.has(format::kAddBos)) writer_.write(tables_.begin());
    TrustedParts trusted(parts);
    cut<&Encoder::encode_stretch>(AddedTokenFinder(tables_, memory_.whole, 0, &trusted, turns_),
                                  memory_.whole);
    if (is_prompt && tables_.has(format::kAddEos)) writer_.write(tables_.end());
    return writer_.finish();
  }

 private:
  /// Writes the added tokens of a text, and hands on what lies between them.
  template <void (Encoder::*encode)(Text)>
  void cut(const AddedTokenFinder& finder, Text text) {
    for (size_t begin = 0; begin < text.size();) {
      const AddedMatch match = finder.next(begin);
      const bool is_last = match.begin == match.end;
      const size_t end = is_last ? text.size() : match.begin;
      if (end != begin) (this->*encode)(text.slice(begin, end - begin));
      if (is_last) return;
      writer_.write(match.token);
      begin = match.end;
    }
  }

  void encode_stretch(Text stretch) {
    const Text text = normalize(tables_, stretch, adds_prefix_, memory_.normalized, turns_);
    if (!tables_.has(format::kPrefixEachStretch)) adds_prefix_ = false;
    cut<&Encoder::encode_words>(
        AddedTokenFinder(tables_, text, format::kInNormalizedText, nullptr, turns_), text);
  }

  void encode_words(Text text) {
    WordSplitter splitter(tables_, text);
    for (Text word = splitter.next(); !word.empty(); word = splitter.next()) {
      encode_word(word);
      turns_.count(word.size());
    }
  }

  void encode_word(Text word) {
    if (word.size() <= tables_.longest_matchable_bytes() && tables_.has(format::kPairMerges)) {
      const Token token = tables_.find(word);
      if (token != format::kNoToken && (tables_.merge(token) & format::kWholeWord) != 0)
        return writer_.write(token);
    }
    if (tables_.kind() == format::TokenizerKind::Unigram)
      segment_unigram(tables_, word, memory_.symbols, memory_.prefixes(), turns_);
    else
      WordMerger(tables_, word, memory_.symbols, memory_.candidates, turns_).run();
    for (size_t begin = 0; begin < word.size(); begin += memory_.symbols[begin].bytes) {
      const Symbol& symbol = memory_.symbols[begin];
      if (symbol.token != format::kNoToken)
        writer_.write(symbol.token);
      else
        writer_.write_unknown(word.slice(begin, symbol.bytes));
    }
  }

  const TokenizerTables& tables_;
  const EncodeMemory& memory_;
  TokenWriter writer_;
  Turns turns_{kTurnBytes};
  bool adds_prefix_ = false;
};

}  // namespace

void TokenWriter::write_unknown(Text text) {
  if (tables_.has(format::kByteFallback)) {
    for (const char byte : text) write(tables_.byte_token(static_cast<uint8_t>(byte)));
    return;
  }
  if (!after_unknown_ && tables_.unknown() != format::kNoToken) write(tables_.unknown());
  after_unknown_ = true;
}

size_t Tokenizer::most_tokens(size_t text_bytes) const {
  // An added token of one byte may be followed by a prefix and a byte.
  return text_bytes * 2 * normalized_expansion(TokenizerTables(*this)) + 3;
}

Result<size_t> Tokenizer::workspace_bytes(size_t text_bytes) const {
  const TokenizerTables tables(*this);
  if (text_bytes > kMaxTextBytes / normalized_expansion(tables)) return Error::SizeOverflow;
  const size_t capacity = EncodeMemory::capacity(tables, text_bytes);
  return EncodeMemory::bytes(capacity, text_bytes).bytes();
}

Result<size_t> Tokenizer::encode(Text text, EncodeMode mode, Span<Token> out,
                                 MutableBytes workspace) const {
  const TextPart part = {text, /*is_trusted=*/false};
  return encode(Span<const TextPart>(&part, 1), mode, out, workspace);
}

Result<size_t> Tokenizer::encode(Span<const TextPart> parts, EncodeMode mode, Span<Token> out,
                                 MutableBytes workspace) const {
  const size_t text_bytes = NIBBLE_TRY(size_of(parts).bytes());
  const size_t needed_bytes = NIBBLE_TRY(workspace_bytes(text_bytes));
  if (workspace.size() < needed_bytes) return Failure{Error::ArenaTooSmall, needed_bytes};
  if (reinterpret_cast<uintptr_t>(workspace.data()) % 8 != 0) return Error::ArenaMisaligned;
  const TokenizerTables tables(*this);
  const EncodeMemory memory =
      EncodeMemory::carve(workspace.data(), EncodeMemory::capacity(tables, text_bytes), text_bytes);
  size_t written = 0;
  for (const TextPart& part : parts) {
    for (const char byte : part.text) memory.whole[written++] = byte;
  }
  return Encoder(tables, memory, out).run(parts, mode);
}

}  // namespace nibble
