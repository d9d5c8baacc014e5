// Byte-level BPE: tokens in the printable alphabet of bytes, merges of pairs, a named split.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"
#include "offline/formats/gguf/tokenizer_keys.h"
#include "offline/formats/merge_ranks.h"
#include "offline/formats/scored_pieces.h"
#include "offline/formats/split_rules.h"

namespace nibble::offline {
namespace {

using format::PieceType;

/// Converters fill rows beyond the tokenizer so; older ones called them user-defined, and text
/// would match them.
bool is_filler(std::string_view written, size_t token) {
  return written == "[PAD" + std::to_string(token) + "]";
}

Piece make_piece(std::string_view written, PieceType type, size_t token) {
  if (is_filler(written, token)) return {.text = {}, .type = PieceType::Unused};
  if (type != PieceType::Normal) return {.text = text_of_piece(written), .type = type};
  const auto bytes = bytes_of_piece(written);
  if (!bytes || bytes->empty()) return {.text = {}, .type = PieceType::Unused};
  return {.text = *bytes, .type = PieceType::Normal};
}

std::vector<Piece> make_pieces(const TokenizerKeys& keys,
                               const std::vector<std::string_view>& tokens) {
  const std::vector<PieceType> types = keys.types(tokens.size());
  std::vector<Piece> pieces;
  pieces.reserve(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (types[i] == PieceType::Byte) {
      throw InputError(keys.place("tokens", i), "is a byte, which no byte-level vocabulary has");
    }
    pieces.push_back(make_piece(tokens[i], types[i], i));
  }
  return pieces;
}

/// Spaces inside a part are written Ġ; a part may begin with a plain one.
std::vector<Merge> read_merges(const TokenizerKeys& keys) {
  std::vector<Merge> merges;
  for (const std::string_view line : keys.strings("merges")) {
    const size_t space = line.find(' ', 1);
    if (line.empty() || space == line.npos) {
      throw InputError(keys.place("merges", merges.size()), "has no space between its two parts");
    }
    merges.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
  }
  return merges;
}

NamedSplit read_split(const TokenizerKeys& keys) {
  const JsonValue name = keys["pre"];
  if (!name.exists()) {
    name.refuse("is missing, so that nobody knows how text becomes words; convert the model again");
  }
  const std::optional<NamedSplit> split = split_named(name.text());
  if (!split) name.refuse_as_unsupported();
  return *split;
}

}  // namespace

Vocabulary read_gguf_byte_level(const TokenizerKeys& keys, const std::string& where) {
  const NamedSplit split = read_split(keys);
  const std::vector<std::string_view> tokens = keys.strings("tokens");
  Vocabulary vocabulary;
  vocabulary.kind = format::TokenizerKind::ByteLevelBpe;
  vocabulary.split_steps = split.steps;
  vocabulary.ignores_merges = split.ignores_merges;
  vocabulary.pieces = make_pieces(keys, tokens);
  const std::vector<std::string> written(tokens.begin(), tokens.end());
  set_merge_ranks(read_merges(keys), written, vocabulary, keys.place("merges"));
  find_unknown_piece(vocabulary, where);
  vocabulary.bos = keys.token_or("bos_token_id", format::kNoToken, tokens.size());
  const uint32_t eos = keys.token_or("eos_token_id", format::kNoToken, tokens.size());
  if (eos != format::kNoToken) vocabulary.eos = {eos};
  if (vocabulary.ignores_merges) vocabulary.flags |= format::kPairMerges;
  // Llama 3 begins a text, and Qwen composes it: neither is always said.
  if (keys["add_bos_token"].flag_or(split.ignores_merges)) vocabulary.flags |= format::kAddBos;
  if (keys["add_space_prefix"].flag_or(false)) vocabulary.flags |= format::kAddDummyPrefix;
  if (keys["pre"].text() == "qwen2") vocabulary.flags |= format::kNormalizeNfc;
  return vocabulary;
}

}  // namespace nibble::offline
