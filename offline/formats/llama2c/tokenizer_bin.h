// tokenizer.bin: llama2.c's vocabulary, pieces with scores.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Ids are those of Llama's own vocabulary: 0 for unknown text, 1 begins, 2 ends, then 256 bytes.
/// @param vocab_size  the file itself does not say
/// @param where       the file, for messages
/// Throws InputError, with the offset, for anything malformed.
Vocabulary parse_tokenizer_bin(std::string_view bytes, uint32_t vocab_size,
                               const std::string& where);

}  // namespace nibble::offline
