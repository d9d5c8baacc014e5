// Arrays that must be as long as the list of tokens, ids that must be in it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/tokenizer_keys.h"

#include "offline/files/input_error.h"
#include "offline/formats/scored_pieces.h"

namespace nibble::offline {

void TokenizerKeys::check_count(const std::string& key, size_t count, size_t tokens) const {
  if (count == tokens) return;
  throw InputError(place(key), "has " + std::to_string(count) + " elements for " +
                                   std::to_string(tokens) + " tokens; convert the model again");
}

std::vector<float> TokenizerKeys::scores(size_t tokens) const {
  std::vector<float> scores = file_.floats(full("scores"));
  check_count("scores", scores.size(), tokens);
  return scores;
}

std::vector<format::PieceType> TokenizerKeys::types(size_t tokens) const {
  const std::vector<int32_t> numbers = file_.integers(full("token_type"));
  check_count("token_type", numbers.size(), tokens);
  std::vector<format::PieceType> types;
  types.reserve(tokens);
  for (const int32_t number : numbers) {
    const auto type = piece_type_of_number(static_cast<uint64_t>(number));
    if (!type) {
      throw InputError(place("tokens", types.size()), "has unknown type " + std::to_string(number));
    }
    types.push_back(*type);
  }
  return types;
}

uint32_t TokenizerKeys::token_or(const std::string& key, uint32_t otherwise, size_t tokens) const {
  const JsonValue id = (*this)[key];
  if (id.exists() && id.whole_number() >= tokens) {
    id.refuse("is " + id.quoted() + ", not a token id below " + std::to_string(tokens));
  }
  if (id.exists()) return static_cast<uint32_t>(id.whole_number());
  return otherwise < tokens ? otherwise : format::kNoToken;
}

}  // namespace nibble::offline
