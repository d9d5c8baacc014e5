// Text to tokens by SentencePiece's rule: split into characters, merge the best pair until none is
// left.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/core/utf8.h"
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

class Merger {
 public:
  Merger(const TokenizerTables& tables, const EncodeMemory& memory, size_t text_bytes)
      : tables_(tables),
        symbols_(memory.symbols),
        text_(memory.text, text_bytes),
        candidates_(memory.candidates) {}

  void split();
  void merge();

 private:
  Symbol user_defined_at(uint32_t begin) const;
  Symbol character_at(uint32_t begin) const;
  Token find(uint32_t begin, uint32_t bytes) const {
    const Text text = text_.slice(begin, bytes);
    return tables_.find(text, piece_hash(text));
  }
  bool may_merge(const Symbol& symbol) const {
    return symbol.token == format::kNoToken ||
           tables_.type(symbol.token) != format::PieceType::UserDefined;
  }
  void consider(uint32_t left);
  bool is_current(const Candidate& candidate) const;
  void apply(const Candidate& candidate);

  const TokenizerTables tables_;
  Symbol* const symbols_;
  const Text text_;
  CandidateHeap candidates_;
};

/// The longest user-defined piece the text goes on with, or a symbol of 0 bytes.
Symbol Merger::user_defined_at(uint32_t begin) const {
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

Symbol Merger::character_at(uint32_t begin) const {
  const Utf8Prefix prefix = utf8_prefix(text_.from(begin));
  // Malformed bytes stand alone: no piece of well-formed text can match them.
  const size_t bytes = prefix.kind == Utf8::Whole ? prefix.bytes : 1;
  return {static_cast<uint16_t>(bytes), 0, find(begin, static_cast<uint32_t>(bytes))};
}

void Merger::split() {
  uint16_t previous_bytes = 0;
  for (uint32_t begin = 0; begin < text_.size(); begin += previous_bytes) {
    Symbol symbol = user_defined_at(begin);
    if (symbol.bytes == 0) symbol = character_at(begin);
    symbol.previous_bytes = previous_bytes;
    symbols_[begin] = symbol;
    // What merging looks at must be written: the other bytes start no symbol.
    for (uint32_t i = 1; i < symbol.bytes; ++i) symbols_[begin + i].bytes = 0;
    previous_bytes = symbol.bytes;
  }
}

/// Queues the symbol at `left` and its right neighbor, if together they read as a piece.
void Merger::consider(uint32_t left) {
  const uint32_t right = left + symbols_[left].bytes;
  if (right == text_.size() || !may_merge(symbols_[left]) || !may_merge(symbols_[right])) return;
  const uint32_t bytes = uint32_t{symbols_[left].bytes} + symbols_[right].bytes;
  if (bytes > tables_.longest_matchable_bytes()) return;
  const Token token = find(left, bytes);
  if (token == format::kNoToken || tables_.rank(token) == format::kNoRank) return;
  candidates_.push({tables_.rank(token), left, token});
}

/// A candidate outlives its symbols when one of them merged elsewhere; then the lengths disagree.
bool Merger::is_current(const Candidate& candidate) const {
  const uint32_t left_bytes = symbols_[candidate.left].bytes;
  const uint32_t right = candidate.left + left_bytes;
  if (left_bytes == 0 || right == text_.size()) return false;
  return left_bytes + symbols_[right].bytes == tables_.text(candidate.token).size();
}

void Merger::apply(const Candidate& candidate) {
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

void Merger::merge() {
  for (uint32_t left = 0; left < text_.size(); left += symbols_[left].bytes) consider(left);
  while (!candidates_.empty()) {
    const Candidate best = candidates_.pop();
    if (is_current(best)) apply(best);
  }
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

Result<size_t> Tokenizer::workspace_bytes(size_t text_bytes) {
  if (text_bytes > kMaxTextBytes) return Error::SizeOverflow;
  return EncodeMemory::bytes(Checked(text_bytes) + 1).aligned(8).bytes();
}

Result<size_t> Tokenizer::encode(Text text, EncodeMode mode, Span<Token> out,
                                 MutableBytes workspace) const {
  const size_t needed_bytes = NIBBLE_TRY(workspace_bytes(text.size()));
  if (workspace.size() < needed_bytes) return Failure{Error::ArenaTooSmall, needed_bytes};
  if (reinterpret_cast<uintptr_t>(workspace.data()) % 8 != 0) return Error::ArenaMisaligned;

  const TokenizerTables tables(*this);
  const EncodeMemory memory = EncodeMemory::carve(workspace.data(), text.size() + 1);
  const bool add_prefix = mode != EncodeMode::Continue && tables.has(format::kAddDummyPrefix);
  const size_t bytes = normalize(text, add_prefix, memory.text);
  Merger merger(tables, memory, bytes);
  merger.split();
  merger.merge();

  TokenWriter writer(tables, out);
  if (mode == EncodeMode::Prompt && tables.has(format::kAddBos)) writer.write(bos_);
  for (size_t begin = 0; begin < bytes; begin += memory.symbols[begin].bytes) {
    const Symbol& symbol = memory.symbols[begin];
    writer.write_symbol(symbol, Text(memory.text + begin, symbol.bytes));
  }
  return writer.finish();
}

}  // namespace nibble
