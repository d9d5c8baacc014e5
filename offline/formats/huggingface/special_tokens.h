// Begin, end and added tokens: what the JSON files beside a vocabulary say about it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>

#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Applies, where they exist, tokenizer_config.json (added_tokens_decoder, bos_token, eos_token,
/// add_bos_token, add_prefix_space), generation_config.json and config.json (bos_token_id,
/// eos_token_id), and reads the source of the chat template. The begin token is the first one
/// named, and all must agree; every end token named ends a reply. Without any, the vocabulary's own
/// stay. Throws InputError: ids beyond the vocabulary, unknown token texts, contradictions, no end
/// token or more than four.
void apply_special_tokens(const std::filesystem::path& folder, Vocabulary& vocabulary);

}  // namespace nibble::offline
