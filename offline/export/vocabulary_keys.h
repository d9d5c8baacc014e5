// A vocabulary as the keys of a GGUF file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/export/gguf_writer.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Adds `tokenizer.ggml.…`. Throws InputError, naming what it is, for a vocabulary that such keys
/// cannot describe.
void add_vocabulary_keys(const Vocabulary& vocabulary, GgufKeys& keys);

}  // namespace nibble::offline
