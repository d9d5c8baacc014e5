// tokenizer.json: a Hugging Face BPE tokenizer that was converted from SentencePiece.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/files/json_value.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// The vocabulary, with ranks from the merges. SentencePiece merges whatever reads as a piece, so
/// the merges must be all splits of each piece, piece after piece: otherwise, and for every
/// normalizer, pre-tokenizer, decoder or model setting that is not known, throws InputError with
/// the JSON path.
Vocabulary parse_tokenizer_json(const JsonValue& document);

}  // namespace nibble::offline
