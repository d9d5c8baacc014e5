// Writes a vocabulary as the bytes of section Tokenizer.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/blob/blob_bytes.h"
#include "offline/formats/source_model.h"
#include "runtime/format/blob.h"

namespace nibble::offline {

/// @param vocabulary  checked: formats/vocabulary.h
/// @returns the section; sets the tokenizer's fields and `vocabulary` of `manifest`.
/// Throws InputError when more pieces share a hash than a lookup may probe.
BlobBytes build_tokenizer_tables(const Vocabulary& vocabulary, format::Manifest& manifest);

}  // namespace nibble::offline
