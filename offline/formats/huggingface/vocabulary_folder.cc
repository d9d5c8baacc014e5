// Chooses a folder's vocabulary file and fits the vocabulary to the embedding.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/vocabulary_folder.h"

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_file.h"
#include "offline/files/json_value.h"
#include "offline/formats/huggingface/special_tokens.h"
#include "offline/formats/huggingface/tokenizer_json.h"
#include "offline/formats/sentencepiece.h"

namespace nibble::offline {
namespace {

/// tokenizer.model comes first: tokenizer.json is converted from it.
Vocabulary read_pieces(const std::filesystem::path& folder) {
  const std::filesystem::path model = folder / "tokenizer.model", json = folder / "tokenizer.json";
  if (std::filesystem::exists(model)) {
    return parse_sentencepiece(read_input_file(model, kMaxJsonFileBytes), model.string());
  }
  if (std::filesystem::exists(json)) {
    return parse_tokenizer_json(read_json_document(json));
  }
  throw InputError(folder.string(), "has neither tokenizer.model nor tokenizer.json");
}

}  // namespace

Vocabulary read_vocabulary(const std::filesystem::path& folder, uint32_t vocab_size) {
  Vocabulary vocabulary = read_pieces(folder);
  if (vocabulary.pieces.size() > vocab_size) {
    throw InputError(folder.string(), "has " + std::to_string(vocabulary.pieces.size()) +
                                          " pieces for an embedding of " +
                                          std::to_string(vocab_size) + " rows (vocab_size)");
  }
  vocabulary.pieces.resize(vocab_size, Piece{.text = {}, .type = format::PieceType::Unused});
  apply_special_tokens(folder, vocabulary);
  check_vocabulary(vocabulary, folder.string());
  return vocabulary;
}

}  // namespace nibble::offline
