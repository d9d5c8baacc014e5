// From a section of a blob to a tokenizer that may walk it without checks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include "runtime/format/blob.h"

namespace nibble {

/// Verifies section Tokenizer and points into it.
/// @param manifest  its fields are within their limits: format/reader.h has verified them
/// @param section   64-byte aligned; outlives the tokenizer
/// @returns a tokenizer | BadTokenizer (where = token or slot; 0 for sizes) | ArenaMisaligned
/// Cost: linear in the section, plus at most kMaxProbes text comparisons per piece.
Result<Tokenizer> bind_tokenizer(const format::Manifest& manifest, Bytes section);

}  // namespace nibble
