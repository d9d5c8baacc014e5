// Text as a vocabulary's pieces have it: the prefix, spaces, lower case, Unicode composition.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/turns.h"
#include "runtime/tokenizer/characters.h"

namespace nibble {

/// Output bytes per byte of text, at most (UAX #15: NFC triples UTF-8 at worst).
inline size_t normalized_expansion(const TokenizerTables& tables) {
  return tables.normalization() == nullptr ? 1 : 3;
}

/// Offsets and counts that do not fit the table are found once. @returns BadTokenizer (where = 0)
Status verify_normalization(Bytes table);

/// Normalizes a stretch of text.
/// @param add_prefix  whether the vocabulary's dummy prefix goes before it
/// @param out         text.size() · normalized_expansion() + 1 bytes
/// @param turns       each byte counts
/// @returns a view of `out`, or `text` itself where nothing changes
Text normalize(const TokenizerTables& tables, Text text, bool add_prefix, Span<char> out,
               Turns& turns);

}  // namespace nibble
