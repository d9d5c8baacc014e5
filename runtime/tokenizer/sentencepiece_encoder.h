// Text to tokens by SentencePiece's rule: what Tokenizer::encode() does with pieces that have
// ranks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/checked.h"
#include "runtime/tokenizer/tables.h"

namespace nibble {

/// Bytes of workspace for a text.
Checked sentencepiece_workspace_bytes(size_t text_bytes);

/// See Tokenizer::encode().
/// @param workspace  8-byte aligned, sentencepiece_workspace_bytes(text.size())
/// @returns tokens written | BufferTooSmall (where = tokens needed)
Result<size_t> encode_sentencepiece(const TokenizerTables& tables, Text text, EncodeMode mode,
                                    Span<Token> out, uint8_t* workspace);

}  // namespace nibble
