// A tokenizer over tables made from a vocabulary, and calls of it that allocate.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <string>
#include <string_view>
#include <vector>

#include "offline/blob/tokenizer_tables.h"
#include "runtime/format/tables.h"
#include "runtime/tokenizer/bind_tokenizer.h"

namespace nibble::test {

/// The tables of a vocabulary; edit them, then bind.
struct Tables {
  explicit Tables(const offline::Vocabulary& vocabulary)
      : section(offline::build_tokenizer_tables(vocabulary, manifest)) {}
  Result<Tokenizer> bind() const {
    return bind_tokenizer(manifest, {section.data(), section.size()});
  }
  uint32_t* offsets() { return reinterpret_cast<uint32_t*>(section.data()); }
  uint32_t* ranks() { return offsets() + manifest.vocabulary + 1; }
  uint32_t* byte_tokens() { return ranks() + manifest.vocabulary; }
  uint32_t* slots() { return byte_tokens() + 256; }
  uint32_t* added() { return slots() + manifest.hash_slots; }
  uint8_t* types() { return section.data() + format::tokenizer_offsets(manifest).types; }

  format::Manifest manifest{};
  offline::BlobBytes section;
};

/// `<unk>`, `<s>`, `</s>`, the 256 bytes if wanted, then these pieces; the rank of a piece is its
/// place among them. All flags set that can be.
inline offline::Vocabulary small_vocabulary(const std::vector<std::string>& normal,
                                            const std::vector<std::string>& user_defined = {},
                                            bool has_bytes = true) {
  using format::PieceType;
  offline::Vocabulary vocabulary;
  vocabulary.flags = format::kAddDummyPrefix | format::kAddBos;
  vocabulary.pieces = {{"<unk>", format::kNoRank, PieceType::Unknown},
                       {"<s>", format::kNoRank, PieceType::Control},
                       {"</s>", format::kNoRank, PieceType::Control}};
  vocabulary.unknown = 0;
  vocabulary.bos = 1;
  vocabulary.eos = {2};
  if (has_bytes) vocabulary.flags |= format::kByteFallback;
  for (int byte = 0; has_bytes && byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    vocabulary.pieces.push_back({text, format::kNoRank, PieceType::Byte});
  }
  for (uint32_t rank = 0; rank < normal.size(); ++rank) {
    vocabulary.pieces.push_back({normal[rank], rank, PieceType::Normal});
  }
  for (const std::string& text : user_defined) {
    vocabulary.pieces.push_back(
        {text, format::kNoRank, PieceType::UserDefined, 0, format::kInNormalizedText});
  }
  return vocabulary;
}

inline std::vector<Token> encode(const Tokenizer& tokenizer, std::string_view text,
                                 EncodeMode mode = EncodeMode::Continue) {
  const size_t workspace_bytes = tokenizer.workspace_bytes(text.size()).value();
  std::vector<uint64_t> workspace(workspace_bytes / sizeof(uint64_t));
  std::vector<Token> tokens(tokenizer.most_tokens(text.size()));
  const Result<size_t> count =
      tokenizer.encode({text.data(), text.size()}, mode, {tokens.data(), tokens.size()},
                       {reinterpret_cast<uint8_t*>(workspace.data()), workspace_bytes});
  if (!count.ok()) throw std::runtime_error(error_name(count.error()));
  tokens.resize(count.value());
  return tokens;
}

/// The tokens' texts with bars between: "a|bc|d".
inline std::string joined(const Tokenizer& tokenizer, const std::vector<Token>& tokens) {
  std::string text;
  for (const Token token : tokens) {
    const Text piece = tokenizer.piece(token);
    if (!text.empty()) text += '|';
    text.append(piece.data(), piece.size());
  }
  return text;
}

}  // namespace nibble::test
