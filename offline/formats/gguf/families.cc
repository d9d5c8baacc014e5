// One table per family: settings, tensors outside the layers, tensors of a layer.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/families.h"

#include <algorithm>
#include <charconv>

namespace nibble::offline {
namespace {

using enum TensorChange;

constexpr NamePair kDecoderSettings[] = {
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"feed_forward_length", "intermediate_size"},
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.key_length", "head_dim"},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    {"rope.freq_base", "rope_theta"},
};
constexpr FixedSetting kSilu[] = {{"hidden_act", "\"silu\""}};
constexpr TensorRule kDecoderTensors[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
};
constexpr TensorRule kLlamaLayer[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj", InterleavedQuery},
    {"attn_k", "self_attn.k_proj", InterleavedKey},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
};
constexpr TensorRule kQwenLayer[] = {
    {"attn_norm", "input_layernorm"},    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},      {"attn_v", "self_attn.v_proj"},
    {"attn_q_norm", "self_attn.q_norm"}, {"attn_k_norm", "self_attn.k_norm"},
    {"attn_output", "self_attn.o_proj"}, {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},       {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
};
constexpr std::string_view kDecoderIgnored[] = {"vocab_size", "rope.dimension_count"};

constexpr NamePair kGpt2Settings[] = {
    {"context_length", "n_positions"},  {"embedding_length", "n_embd"},
    {"block_count", "n_layer"},         {"feed_forward_length", "n_inner"},
    {"attention.head_count", "n_head"}, {"attention.layer_norm_epsilon", "layer_norm_epsilon"},
};
constexpr FixedSetting kGpt2Fixed[] = {{"activation_function", "\"gelu_new\""}};
constexpr TensorRule kGpt2Tensors[] = {
    {"token_embd", "transformer.wte"},
    {"position_embd", "transformer.wpe"},
    {"output_norm", "transformer.ln_f"},
    {"output", "lm_head"},
};
constexpr TensorRule kGpt2Layer[] = {
    {"attn_norm", "ln_1"},
    {"attn_qkv", "attn.c_attn", Transposed},
    {"attn_output", "attn.c_proj", Transposed},
    {"ffn_norm", "ln_2"},
    {"ffn_up", "mlp.c_fc", Transposed},
    {"ffn_down", "mlp.c_proj", Transposed},
};

constexpr GgufFamily kFamilies[] = {
    {"llama", "LlamaForCausalLM", "llama", "model.layers.", kDecoderSettings, kSilu,
     kDecoderTensors, kLlamaLayer, kDecoderIgnored},
    {"qwen2", "Qwen2ForCausalLM", "qwen2", "model.layers.", kDecoderSettings, kSilu,
     kDecoderTensors, kQwenLayer, kDecoderIgnored},
    {"qwen3", "Qwen3ForCausalLM", "qwen3", "model.layers.", kDecoderSettings, kSilu,
     kDecoderTensors, kQwenLayer, kDecoderIgnored},
    {"gpt2", "GPT2LMHeadModel", "gpt2", "transformer.h.", kGpt2Settings, kGpt2Fixed, kGpt2Tensors,
     kGpt2Layer, kDecoderIgnored},
};

const GgufFamily* find_by(std::string_view GgufFamily::* member, std::string_view value) {
  const auto found = std::ranges::find(kFamilies, value, member);
  return found == std::end(kFamilies) ? nullptr : &*found;
}

std::string list_of(std::string_view GgufFamily::* member) {
  std::string list;
  for (const GgufFamily& family : kFamilies) {
    list += (list.empty() ? "" : ", ") + std::string(family.*member);
  }
  return list;
}

std::optional<TensorName> find_rule(std::span<const TensorRule> rules, std::string_view name,
                                    const std::string& prefix) {
  for (const std::string_view suffix : {".weight", ".bias"}) {
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    for (const TensorRule& rule : rules) {
      if (rule.gguf != name) continue;
      return TensorName{prefix + std::string(rule.huggingface) + std::string(suffix), rule.change};
    }
    return {};
  }
  return {};
}

}  // namespace

const GgufFamily* find_gguf_family(std::string_view name) {
  return find_by(&GgufFamily::name, name);
}

const GgufFamily* find_gguf_family_of(std::string_view architecture) {
  return find_by(&GgufFamily::architecture, architecture);
}

std::string gguf_family_names() {
  return list_of(&GgufFamily::name);
}

std::string gguf_family_architectures() {
  return list_of(&GgufFamily::architecture);
}

bool has_interleaved_heads(const GgufFamily& family) {
  return std::ranges::any_of(family.layer_tensors,
                             [](const TensorRule& rule) { return rule.change == InterleavedKey; });
}

bool has_joined_qkv(const GgufFamily& family) {
  return std::ranges::find(family.layer_tensors, "attn_qkv", &TensorRule::gguf) !=
         family.layer_tensors.end();
}

std::optional<TensorName> translate_tensor(const GgufFamily& family, std::string_view name) {
  constexpr std::string_view kBlock = "blk.";
  if (!name.starts_with(kBlock)) return find_rule(family.tensors, name, "");
  name.remove_prefix(kBlock.size());
  const std::string_view digits = name.substr(0, name.find('.'));
  uint32_t layer = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layer);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      digits != std::to_string(layer) || digits.size() == name.size()) {
    return {};
  }
  name.remove_prefix(digits.size() + 1);
  return find_rule(family.layer_tensors, name,
                   std::string(family.layer_prefix) + std::string(digits) + ".");
}

}  // namespace nibble::offline
