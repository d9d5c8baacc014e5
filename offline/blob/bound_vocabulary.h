// A vocabulary as the runtime's tokenizer, in this process.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <string>

#include "offline/blob/blob_bytes.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// The tables that a blob would have, bound.
class BoundVocabulary {
 public:
  /// @param where  names the vocabulary in messages
  /// Throws InputError: whatever check_vocabulary() or the runtime refuses.
  BoundVocabulary(const Vocabulary& vocabulary, const std::string& where);
  const Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  format::Manifest manifest_{};
  BlobBytes tables_;
  Tokenizer tokenizer_;
};

}  // namespace nibble::offline
