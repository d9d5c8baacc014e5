// Every promise encode() and piece() rely on, checked once when a model is loaded.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/bind_tokenizer.h"

#include "runtime/core/arena.h"
#include "runtime/format/tables.h"
#include "runtime/tokenizer/tables.h"

namespace nibble {
namespace {

using format::Manifest;
using format::PieceType;

constexpr Failure bad(uint64_t where) {
  return {Error::BadTokenizer, where};
}

Status verify_offsets(const Manifest& manifest, const uint32_t* offsets) {
  if (offsets[0] != 0 || offsets[manifest.vocabulary] != manifest.piece_pool_bytes) return bad(0);
  for (Token token = 0; token < manifest.vocabulary; ++token) {
    if (offsets[token + 1] < offsets[token] ||
        offsets[token + 1] - offsets[token] > format::kMaxPieceBytes) {
      return bad(token);
    }
  }
  return {};
}

bool is_piece_sound(const TokenizerTables& tables, Token token, uint32_t vocabulary) {
  const PieceType type = tables.type(token);
  const Text text = tables.text(token);
  if (tables.rank(token) != format::kNoRank &&
      (type != PieceType::Normal || tables.rank(token) >= vocabulary)) {
    return false;
  }
  if (type == PieceType::Byte) {
    return text.size() == 1 && tables.byte_token(static_cast<uint8_t>(text[0])) == token;
  }
  if (is_matchable(type)) return !text.empty();
  return type <= PieceType::Unused;
}

/// That a Byte piece is the token of its byte makes two tokens for one byte impossible.
Status verify_pieces(const Manifest& manifest, const TokenizerTables& tables) {
  for (Token token = 0; token < manifest.vocabulary; ++token) {
    if (!is_piece_sound(tables, token, manifest.vocabulary)) return bad(token);
  }
  return {};
}

Status verify_byte_tokens(const Manifest& manifest, const TokenizerTables& tables) {
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const Token token = tables.byte_token(static_cast<uint8_t>(byte));
    if (token == format::kNoToken) {
      if (tables.has(format::kByteFallback)) return bad(byte);
      continue;
    }
    if (token >= manifest.vocabulary || tables.type(token) != PieceType::Byte ||
        static_cast<uint8_t>(tables.text(token)[0]) != byte) {
      return bad(token);
    }
  }
  return {};
}

/// Every matchable piece is found by its text, and the slots hold nothing else: since pieces found
/// by their own text are distinct, equal counts leave no slot over.
Status verify_slots(const Manifest& manifest, const TokenizerTables& tables,
                    const uint32_t* slots) {
  uint32_t filled = 0;
  for (uint32_t slot = 0; slot < manifest.hash_slots; ++slot) {
    if (slots[slot] == format::kNoToken) continue;
    if (slots[slot] >= manifest.vocabulary || !is_matchable(tables.type(slots[slot]))) {
      return bad(slot);
    }
    ++filled;
  }
  uint32_t matchable = 0;
  for (Token token = 0; token < manifest.vocabulary; ++token) {
    if (!is_matchable(tables.type(token))) continue;
    if (tables.find(tables.text(token), piece_hash(tables.text(token))) != token) return bad(token);
    ++matchable;
  }
  return filled == matchable && filled < manifest.hash_slots ? Status() : bad(0);
}

}  // namespace

Result<Tokenizer> bind_tokenizer(const Manifest& manifest, Bytes section) {
  if (!is_arena_aligned(section.data())) return Error::ArenaMisaligned;
  if (section.size() != format::tokenizer_bytes(manifest)) return bad(0);
  Tokenizer tokenizer = TokenizerTables::point_into(manifest, section);
  const TokenizerTables tables(tokenizer);
  NIBBLE_TRY(verify_offsets(manifest, tables.offsets()));
  NIBBLE_TRY(verify_pieces(manifest, tables));
  NIBBLE_TRY(verify_byte_tokens(manifest, tables));
  NIBBLE_TRY(verify_slots(manifest, tables, tables.slots()));
  TokenizerTables::measure_pieces(tokenizer);
  return tokenizer;
}

}  // namespace nibble
