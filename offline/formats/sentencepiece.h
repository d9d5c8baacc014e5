// tokenizer.model: a SentencePiece BPE model, a protobuf message.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <string_view>

#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// The vocabulary, with the model's own special tokens; ranks count the distinct scores, best
/// first. Throws InputError, with the offset, for malformed bytes and, by name, for what is not
/// supported: other model types than BPE, text normalization, whitespace other than Llama's.
/// @param where  the file, for messages
Vocabulary parse_sentencepiece(std::string_view model, const std::string& where);

}  // namespace nibble::offline
