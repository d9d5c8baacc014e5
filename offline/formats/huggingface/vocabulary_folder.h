// The vocabulary of a Hugging Face folder, fitted to the embedding.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>

#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Reads tokenizer.model, or else tokenizer.json, and the special tokens of tokenizer_config.json,
/// generation_config.json and config.json. Embedding rows beyond the pieces become Unused pieces.
/// @param vocab_size  rows of the embedding
/// Throws InputError when neither file is there, for anything malformed or unsupported, and for
/// more pieces than rows.
Vocabulary read_vocabulary(const std::filesystem::path& folder, uint32_t vocab_size);

}  // namespace nibble::offline
