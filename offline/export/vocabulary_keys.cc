// Tokens as publishers write them; ranks become scores, or merges, of the same order.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/vocabulary_keys.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "offline/files/input_error.h"
#include "offline/formats/gguf/tokenizer_keys.h"
#include "offline/formats/scored_pieces.h"
#include "offline/formats/split_rules.h"

namespace nibble::offline {
namespace {

using format::PieceType;
using format::TokenizerKind;

const std::string kPrefix = kGgufTokenizerPrefix;

std::string byte_name(uint8_t byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
}

/// Tokens without a text are rows that the model has beyond its vocabulary.
std::string written(const Piece& piece, size_t token, TokenizerKind kind) {
  if (piece.type == PieceType::Byte) return byte_name(static_cast<uint8_t>(piece.text.at(0)));
  if (piece.text.empty()) return "[PAD" + std::to_string(token) + "]";
  if (kind != TokenizerKind::ByteLevelBpe) return written_piece(piece.text);
  return piece.type == PieceType::Normal ? written_bytes(piece.text) : piece.text;
}

/// Higher scores merge first.
float score_of(const Piece& piece) {
  return piece.type == PieceType::Normal && piece.rank != format::kNoRank
             ? -static_cast<float>(piece.rank)
             : 0.0f;
}

/// The merges that make a piece: the one it is made by, or all its splits into two pieces.
std::vector<std::string> merges_of(const Piece& piece,
                                   const std::unordered_set<std::string_view>& normal) {
  std::vector<std::string> merges;
  const std::string_view text = piece.text;
  for (size_t left = 1; left < text.size(); ++left) {
    if (piece.left_bytes != 0 && piece.left_bytes != left) continue;
    if (!normal.contains(text.substr(0, left)) || !normal.contains(text.substr(left))) continue;
    merges.push_back(written_bytes(text.substr(0, left)) + " " + written_bytes(text.substr(left)));
  }
  return merges;
}

std::vector<std::string> merges_of(const Vocabulary& vocabulary) {
  std::unordered_set<std::string_view> normal;
  std::multimap<uint32_t, const Piece*> by_rank;
  for (const Piece& piece : vocabulary.pieces) {
    if (piece.type != PieceType::Normal) continue;
    normal.insert(piece.text);
    if (piece.rank != format::kNoRank) by_rank.emplace(piece.rank, &piece);
  }
  std::vector<std::string> merges;
  for (const auto& [rank, piece] : by_rank) {
    for (std::string& merge : merges_of(*piece, normal)) merges.push_back(std::move(merge));
  }
  return merges;
}

void add_scores(const Vocabulary& vocabulary, GgufKeys& keys) {
  std::vector<float> scores;
  for (const Piece& piece : vocabulary.pieces) scores.push_back(score_of(piece));
  keys.add(kPrefix + "model", "llama");
  keys.add(kPrefix + "scores", scores);
}

void add_merges(const Vocabulary& vocabulary, GgufKeys& keys) {
  const auto name = name_of_split({vocabulary.split_steps, vocabulary.ignores_merges});
  if (!name) {
    throw InputError("the vocabulary", "splits text in a way that GGUF has no name for");
  }
  keys.add(kPrefix + "model", "gpt2");
  keys.add(kPrefix + "pre", *name);
  keys.add(kPrefix + "merges", merges_of(vocabulary));
}

void add_token(const std::string& key, uint32_t token, GgufKeys& keys) {
  if (token != format::kNoToken) keys.add(kPrefix + key, token);
}

void add_special_tokens(const Vocabulary& vocabulary, GgufKeys& keys) {
  add_token("bos_token_id", vocabulary.bos, keys);
  add_token("unknown_token_id", vocabulary.unknown, keys);
  const char* const kEndKeys[] = {"eos_token_id", "eot_token_id", "eom_token_id"};
  for (size_t i = 0; i < std::min(vocabulary.eos.size(), std::size(kEndKeys)); ++i) {
    add_token(kEndKeys[i], vocabulary.eos[i], keys);
  }
  const auto has = [&](format::TokenizerFlag flag) { return (vocabulary.flags & flag) != 0; };
  keys.add(kPrefix + "add_bos_token", has(format::kAddBos));
  keys.add(kPrefix + "add_eos_token", has(format::kAddEos));
  keys.add(kPrefix + "add_space_prefix", has(format::kAddDummyPrefix));
}

}  // namespace

void add_vocabulary_keys(const Vocabulary& vocabulary, GgufKeys& keys) {
  switch (vocabulary.kind) {
    case TokenizerKind::SentencePieceBpe:
      add_scores(vocabulary, keys);
      break;
    case TokenizerKind::ByteLevelBpe:
      add_merges(vocabulary, keys);
      break;
    default:
      throw InputError("the vocabulary", "is of a kind that cannot be exported");
  }
  std::vector<std::string> tokens;
  std::vector<int32_t> types;
  for (size_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    tokens.push_back(written(piece, token, vocabulary.kind));
    types.push_back(static_cast<int32_t>(number_of_piece_type(piece.type)));
  }
  keys.add(kPrefix + "tokens", tokens);
  keys.add(kPrefix + "token_type", types);
  add_special_tokens(vocabulary, keys);
  // A blob has its pieces only, of which nobody makes a program.
  if (!vocabulary.chat_source.empty()) keys.add(kGgufChatTemplate, vocabulary.chat_source);
}

}  // namespace nibble::offline
