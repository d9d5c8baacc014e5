// tokenizer.json: a tokenizer as Hugging Face's tokenizers library saves it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/files/json_value.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// The vocabulary of a BPE tokenizer, over bytes or over text with marked spaces. What is not known
/// to be computed in the same way by the runtime (other models, normalizers, patterns, decoders,
/// settings) is refused: throws InputError with the JSON path, naming what it found.
Vocabulary parse_tokenizer_json(const JsonValue& document);

}  // namespace nibble::offline
