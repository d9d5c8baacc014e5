// What GGUF calls each tensor, by its role and by its name in a decoder's description.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "offline/architectures/decoder.h"
#include "offline/formats/gguf/families.h"

namespace nibble::offline {

/// Without ".weight" and ".bias"; in a layer, behind "blk.<layer>.".
struct GgufTensorName {
  std::string gguf;
  std::string DecoderNames::* huggingface = nullptr;
  format::Role weights = format::Role::Count, bias = format::Role::Count;  ///< Count: none
  bool is_in_layer = true;
};

/// The tensors that a model of the family may have. Two norms beside each other, in a model whose
/// branches both read the residual, are named the other way round than in one without.
/// @param has_two_norms  both branches read the residual, each by a norm of its own
std::vector<GgufTensorName> gguf_tensor_names(const GgufFamily& family, bool has_two_norms);

}  // namespace nibble::offline
