// tokenizer.json: a Hugging Face BPE tokenizer that was converted from SentencePiece.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "offline/formats/source_model.h"

namespace nibble::offline {

/// The vocabulary, with ranks from the merges. SentencePiece merges whatever reads as a piece, so
/// the merges must be all splits of each piece, piece after piece: otherwise, and for every
/// normalizer, pre-tokenizer, decoder or model setting that is not known, throws InputError with
/// the JSON path.
/// @param where  the file, for messages
Vocabulary parse_tokenizer_json(const nlohmann::json& json, const std::string& where);

}  // namespace nibble::offline
