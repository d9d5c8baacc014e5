// Source models with names and shapes but no weights: all that compiling a program looks at.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/formats/source_model.h"

namespace nibble::test {

/// Two layers, grouped queries, an untied head, no bias.
offline::HyperParameters small_shape();

/// The tensors that Hugging Face's Llama of this shape stores.
offline::SourceModel model_of(const offline::HyperParameters& shape);

}  // namespace nibble::test
