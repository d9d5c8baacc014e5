// Reads one piece after the other, as run.c's build_tokenizer() does.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/llama2c/tokenizer_bin.h"

#include <span>

#include "offline/files/byte_cursor.h"
#include "offline/formats/scored_pieces.h"

namespace nibble::offline {
namespace {

using format::PieceType;

constexpr uint32_t kUnknown = 0, kBegin = 1, kEnd = 2, kFirstByte = 3;

PieceType type_of(uint32_t token) {
  if (token == kUnknown) return PieceType::Unknown;
  if (token < kFirstByte) return PieceType::Control;
  return token < kFirstByte + 256 ? PieceType::Byte : PieceType::Normal;
}

ScoredPiece read_piece(ByteCursor& cursor, uint32_t token) {
  const uint64_t start = cursor.offset();
  const std::string what = "piece " + std::to_string(token);
  ScoredPiece scored;
  scored.piece.type = type_of(token);
  scored.score = cursor.number<float>(what);
  const auto length = cursor.number<uint32_t>(what);
  if (length > format::kMaxPieceBytes) {
    cursor.fail_at(start, what + " has " + std::to_string(length) + " bytes, at most " +
                              std::to_string(format::kMaxPieceBytes) + " are allowed");
  }
  std::string_view text = cursor.take(length, what);
  // export.py writes the begin and end tokens between line breaks.
  if (token == kBegin && text == "\n<s>\n") text = "<s>";
  if (token == kEnd && text == "\n</s>\n") text = "</s>";
  // The file has plain spaces where SentencePiece has U+2581.
  const std::string problem = set_written_text(scored, written_piece(text));
  if (!problem.empty()) cursor.fail_at(start, problem);
  return scored;
}

}  // namespace

Vocabulary parse_tokenizer_bin(std::string_view bytes, uint32_t vocab_size,
                               const std::string& where) {
  ByteCursor cursor(std::as_bytes(std::span(bytes)), where);
  cursor.number<uint32_t>("the length of the longest piece");
  std::vector<ScoredPiece> pieces;
  while (pieces.size() < vocab_size) {
    pieces.push_back(read_piece(cursor, static_cast<uint32_t>(pieces.size())));
  }
  if (cursor.left() != 0) {
    cursor.fail("goes on behind the " + std::to_string(vocab_size) +
                " pieces of the model; it belongs to another model");
  }
  Vocabulary vocabulary;
  vocabulary.flags = format::kAddDummyPrefix | format::kAddBos | format::kByteFallback;
  vocabulary.pieces = ranked_by_score(std::move(pieces));
  vocabulary.unknown = kUnknown;
  vocabulary.bos = kBegin;
  vocabulary.eos = {kEnd};
  check_vocabulary(vocabulary, where);
  return vocabulary;
}

}  // namespace nibble::offline
