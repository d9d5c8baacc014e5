// The tokenizer of whatever has one: a blob, a model, a tokenizer's own file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <optional>

#include "offline/blob/bound_vocabulary.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

class TokenizerSource {
 public:
  /// @param path  a blob, which is verified; tokenizer.json, tokenizer.model, a folder with one of
  ///              them; or any source of `nibble pack`
  /// Throws InputError.
  explicit TokenizerSource(const std::filesystem::path& path);
  const Tokenizer& tokenizer() const;

 private:
  std::optional<LoadedModel> blob_;
  std::optional<BoundVocabulary> vocabulary_;
};

}  // namespace nibble::offline
