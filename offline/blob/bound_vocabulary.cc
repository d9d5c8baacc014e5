// Builds the tables, and binds them as a target would.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/bound_vocabulary.h"

#include "offline/blob/tokenizer_tables.h"
#include "offline/host/failure_text.h"
#include "runtime/tokenizer/bind_tokenizer.h"

namespace nibble::offline {

BoundVocabulary::BoundVocabulary(const Vocabulary& vocabulary, const std::string& where) {
  check_vocabulary(vocabulary, where);
  tables_ = build_tokenizer_tables(vocabulary, manifest_);
  tokenizer_ = value_or_throw(bind_tokenizer(manifest_, {tables_.data(), tables_.size()}), where);
}

}  // namespace nibble::offline
