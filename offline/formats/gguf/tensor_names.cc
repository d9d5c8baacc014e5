// One list for all families, and the three names in which they differ.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/tensor_names.h"

#include <algorithm>

namespace nibble::offline {
namespace {

using format::Role;

const std::vector<GgufTensorName>& common_names() {
  using Names = DecoderNames;
  static const std::vector<GgufTensorName> all = {
      {"token_embd", &Names::embedding, Role::Embedding, Role::Count, false},
      {"position_embd", &Names::positions, Role::PositionEmbedding, Role::Count, false},
      {"output_norm", &Names::final_norm, Role::FinalNorm, Role::FinalNormBias, false},
      {"output", &Names::head, Role::Head, Role::HeadBias, false},
      {"attn_norm", &Names::attention_norm, Role::AttentionNorm, Role::AttentionNormBias},
      {"attn_q", &Names::query, Role::Query, Role::QueryBias},
      {"attn_k", &Names::key, Role::Key, Role::KeyBias},
      {"attn_v", &Names::value, Role::Value, Role::ValueBias},
      {"attn_qkv", &Names::joined},
      {"attn_q_norm", &Names::query_norm, Role::QueryNorm},
      {"attn_k_norm", &Names::key_norm, Role::KeyNorm},
      {"attn_output", &Names::output, Role::AttentionOutput, Role::AttentionOutputBias},
      {"post_attention_norm", &Names::attention_output_norm, Role::AttentionOutputNorm},
      {"ffn_norm", &Names::ffn_norm, Role::FfnNorm, Role::FfnNormBias},
      {"ffn_gate", &Names::gate, Role::FfnGate, Role::FfnGateBias},
      {"ffn_up", &Names::up, Role::FfnUp, Role::FfnUpBias},
      {"ffn_down", &Names::down, Role::FfnDown, Role::FfnDownBias},
      {"post_ffw_norm", &Names::ffn_output_norm, Role::FfnOutputNorm},
  };
  return all;
}

GgufTensorName& named(std::vector<GgufTensorName>& names, std::string_view gguf) {
  return *std::ranges::find(names, gguf, &GgufTensorName::gguf);
}

}  // namespace

std::vector<GgufTensorName> gguf_tensor_names(const GgufFamily& family, bool has_two_norms) {
  std::vector<GgufTensorName> names = common_names();
  if (family.joins_gate) {
    named(names, "ffn_up").huggingface = &DecoderNames::gate_and_up;
    std::erase_if(names, [](const GgufTensorName& name) { return name.gguf == "ffn_gate"; });
  }
  if (family.is_parallel && has_two_norms) {
    named(names, "attn_norm").gguf = "attn_norm_2";
    named(names, "ffn_norm").gguf = "attn_norm";
  }
  return names;
}

}  // namespace nibble::offline
