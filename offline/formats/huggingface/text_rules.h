// What tokenizer.json does to text before merging: its normalizer, pre-tokenizer and decoder.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/files/json_value.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Sets kind, split steps and the flags of prefix and normalization. Everything that is not known
/// to amount to what the runtime does is refused by its path: throws InputError.
void read_text_rules(const JsonValue& document, Vocabulary& vocabulary);

}  // namespace nibble::offline
