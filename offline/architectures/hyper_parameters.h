// What every decoder's configuration says; each family adds its own in a class of its own.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>

namespace nibble::offline {

/// The part that all families have, under Hugging Face's names. A family derives from it and adds
/// what only its own compiler reads.
struct HyperParameters {
  virtual ~HyperParameters() = default;

  uint32_t vocab_size = 0;  ///< rows of the embedding
  uint32_t hidden_size = 0, intermediate_size = 0, num_hidden_layers = 0;
  uint32_t num_attention_heads = 0, num_key_value_heads = 0, head_dim = 0;
  uint32_t max_position_embeddings = 0;  ///< the longest context, in tokens
  bool tie_word_embeddings = false;      ///< the head is the embedding

  uint32_t query_width() const { return num_attention_heads * head_dim; }
  uint32_t key_width() const { return num_key_value_heads * head_dim; }
};

}  // namespace nibble::offline
