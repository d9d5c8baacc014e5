// Tensors with names and shapes but no weights: all that compiling a program looks at.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/architectures/llama.h"

namespace nibble::test {

/// Two layers, grouped queries, an untied head, no bias.
offline::DecoderParameters small_shape();

/// The tensors that Hugging Face's Llama of this shape stores.
offline::SourceTensors tensors_of(const offline::DecoderParameters& shape);

}  // namespace nibble::test
