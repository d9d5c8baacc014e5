// What holds for every vocabulary that the offline readers accept.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/formats/vocabulary.h"

namespace nibble::fuzz {

/// Claims that the runtime accepts the tables that the packer makes of a vocabulary, and that the
/// tables encode text.
/// Throws InputError where the vocabulary is refused.
void use_vocabulary(const offline::Vocabulary& vocabulary);

}  // namespace nibble::fuzz
