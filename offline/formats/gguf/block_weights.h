// A tensor in blocks of a mapped GGUF file, as a source of weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <memory>

#include "offline/formats/gguf/gguf_file.h"
#include "offline/weights/weight_source.h"

namespace nibble::offline {

/// Rows [tensor.rows, tensor.columns]. Where every block is a group of one of the blob's schemes,
/// stored_scheme() is that scheme, and codes and scales pass unchanged.
/// @param owner  kept as long as the source: what keeps the tensor's bytes valid
Weights map_blocks(const GgufTensor& tensor, std::shared_ptr<const void> owner);

}  // namespace nibble::offline
