// Every promise encode() and piece() rely on, checked once when a model is loaded.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/bind_tokenizer.h"

#include <nibble/nibble.h>

#include "runtime/core/arena.h"
#include "runtime/format/tables.h"
#include "runtime/tokenizer/bind_added_tokens.h"
#include "runtime/tokenizer/normalizer.h"
#include "runtime/tokenizer/tables.h"

namespace nibble {
namespace {

using format::Manifest;
using format::PieceType;

/// Two million instructions: then a kernel may give up the CPU.
constexpr Token kTokensPerTurn = 4096;

void end_turn_at(Token token) {
  if (token % kTokensPerTurn == 0) nibble_platform_yield();
}

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
  // The ranks of a unigram model are costs.
  const bool is_rank =
      tables.kind() == format::TokenizerKind::Unigram || tables.rank(token) < vocabulary;
  if (tables.rank(token) != format::kNoRank && (type != PieceType::Normal || !is_rank))
    return false;
  if ((tables.merge(token) & format::kLeftBytesMask) >= text.size() && tables.merge(token) != 0)
    return false;
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
    end_turn_at(token);
  }
  return {};
}

/// A vocabulary of bytes has Normal pieces for them, which merge.
Status verify_byte_tokens(const Manifest& manifest, const TokenizerTables& tables) {
  const bool is_byte_level = tables.kind() == format::TokenizerKind::ByteLevelBpe;
  const PieceType type = is_byte_level ? PieceType::Normal : PieceType::Byte;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const Token token = tables.byte_token(static_cast<uint8_t>(byte));
    if (token == format::kNoToken) {
      if (tables.has(format::kByteFallback)) return bad(byte);
      continue;
    }
    if (token >= manifest.vocabulary || tables.type(token) != type ||
        tables.text(token).size() != 1 || static_cast<uint8_t>(tables.text(token)[0]) != byte) {
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
    end_turn_at(token);
    if (!is_matchable(tables.type(token))) continue;
    if (tables.find(tables.text(token)) != token) return bad(token);
    ++matchable;
  }
  return filled == matchable && filled < manifest.hash_slots ? Status() : bad(0);
}

}  // namespace

Result<Tokenizer> bind_tokenizer(const Manifest& manifest, Bytes section) {
  if (!is_arena_aligned(section.data())) return Error::ArenaMisaligned;
  const format::TokenizerOffsets at = format::tokenizer_offsets(manifest);
  if (section.size() != at.end) return bad(0);
  Tokenizer tokenizer = TokenizerTables::point_into(manifest, section);
  const TokenizerTables tables(tokenizer);
  NIBBLE_TRY(verify_offsets(manifest, tables.offsets()));
  NIBBLE_TRY(verify_pieces(manifest, tables));
  NIBBLE_TRY(verify_byte_tokens(manifest, tables));
  NIBBLE_TRY(verify_slots(manifest, tables, tables.slots()));
  NIBBLE_TRY(verify_added_tokens(tables, manifest.vocabulary));
  NIBBLE_TRY(verify_class_runs(tables, manifest.class_runs));
  NIBBLE_TRY(verify_chat(section.slice(at.chat, manifest.chat_bytes)));
  if (tables.normalization() != nullptr)
    NIBBLE_TRY(verify_normalization(section.slice(at.normalization, manifest.normalization_bytes)));
  nibble_platform_yield();
  TokenizerTables::note_first_bytes(tokenizer);
  TokenizerTables::measure_pieces(tokenizer);
  return tokenizer;
}

}  // namespace nibble
