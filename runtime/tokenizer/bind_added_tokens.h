// What bind_tokenizer() checks of the tables around a vocabulary: added tokens, classes, chat.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/tokenizer/tables.h"

namespace nibble {

/// In ascending order of their texts, so that each is there once. @returns BadTokenizer (where =
/// index)
Status verify_added_tokens(const TokenizerTables& tables, uint32_t vocabulary);
/// From code point 0 on, in ascending order. @returns BadTokenizer (where = index)
Status verify_class_runs(const TokenizerTables& tables, uint32_t count);
/// Exactly the strings there must be, or nothing. @returns BadTokenizer (where = 0)
Status verify_chat(Bytes chat);

}  // namespace nibble
