// The vocabulary in a GGUF file's metadata.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>

#include "offline/formats/gguf/gguf_file.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Reads the keys `tokenizer.ggml.…`. Embedding rows beyond the tokens become Unused pieces.
/// @param vocab_size  rows of the embedding
/// Throws InputError, with the key, for anything malformed or unsupported, and for more tokens
/// than rows.
Vocabulary read_gguf_vocabulary(const GgufFile& file, uint32_t vocab_size,
                                const std::string& where);

}  // namespace nibble::offline
