// One table per family: settings, and what differs from Hugging Face's form.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/families.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

constexpr NamePair kSizes[] = {
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"feed_forward_length", "intermediate_size"},
    {"attention.head_count", "num_attention_heads"},
};
constexpr NamePair kGpt2Sizes[] = {
    {"context_length", "n_positions"},  {"embedding_length", "n_embd"},
    {"block_count", "n_layer"},         {"feed_forward_length", "n_inner"},
    {"attention.head_count", "n_head"},
};
constexpr NamePair kFalconSizes[] = {
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"feed_forward_length", "ffn_hidden_size"},
    {"attention.head_count", "num_attention_heads"},
};

constexpr NamePair kHeads[] = {{"attention.head_count_kv", "num_key_value_heads"},
                               {"attention.key_length", "head_dim"}};
constexpr NamePair kKeyHeads[] = {{"attention.head_count_kv", "num_key_value_heads"}};
constexpr NamePair kFalconKeyHeads[] = {{"attention.head_count_kv", "num_kv_heads"}};

constexpr NamePair kRmsNorm = {"attention.layer_norm_rms_epsilon", "rms_norm_eps"};
constexpr std::string_view kLayerEpsilon = "attention.layer_norm_epsilon";

constexpr NamePair kGraniteFactors[] = {{"embedding_scale", "embedding_multiplier"},
                                        {"residual_scale", "residual_multiplier"},
                                        {"logit_scale", "logits_scaling"},
                                        {"attention.scale", "attention_multiplier"}};
constexpr NamePair kCaps[] = {{"attn_logit_softcapping", "attn_logit_softcapping"},
                              {"final_logit_softcapping", "final_logit_softcapping"}};
constexpr NamePair kGemma3Settings[] = {{"final_logit_softcapping", "final_logit_softcapping"},
                                        {"rope.freq_base_swa", "rope_local_base_freq"}};
constexpr NamePair kParallel[] = {{"use_parallel_residual", "use_parallel_residual"}};

constexpr TensorFlag kAttentionBias[] = {{"attn_q.bias", "attention_bias"}};
constexpr TensorFlag kJoinedBias[] = {{"attn_qkv.bias", "attention_bias", true}};
constexpr TensorFlag kAllBiases[] = {{"attn_q.bias", "attention_bias"},
                                     {"ffn_up.bias", "mlp_bias"}};
constexpr TensorFlag kStableLmBias[] = {{"attn_q.bias", "use_qkv_bias"}};
constexpr TensorFlag kStarCoder2Bias[] = {{"attn_q.bias", "use_bias", true}};
constexpr TensorFlag kFalconBias[] = {{"attn_qkv.bias", "bias"}};

constexpr FixedSetting kSilu = {"hidden_act", "\"silu\""};
constexpr FixedSetting kGemmaActivation = {"hidden_activation", "\"gelu_pytorch_tanh\""};
// What llama.cpp computes for these two is the form with tanh: see docs/EXTENDING.md.
constexpr FixedSetting kGelu = {"hidden_act", "\"gelu\""};
constexpr FixedSetting kFalconGelu = {"activation", "\"gelu\""};
constexpr FixedSetting kFalconFixed[] = {{"new_decoder_architecture", "true"}};

/// Two norms are there where both branches have one of their own.
void complete_falcon(const GgufFamily&, const GgufFile& file, Json& config) {
  const bool has_two = file.find_tensor("blk.0.attn_norm_2.weight") != nullptr;
  config["num_ln_in_parallel_attn"] = uint64_t{has_two ? 2u : 1u};
}

void complete_gemma(const GgufFamily& family, const GgufFile&, Json& config) {
  config["query_pre_attn_scalar"] = gguf_score_divisor(
      family, count_in(config, "num_hidden_layers"), count_in(config, "hidden_size"),
      count_in(config, "num_attention_heads"), count_in(config, "head_dim"));
}

/// Files that do not say so have the caps and the window of the published sizes.
void complete_gemma2(const GgufFamily& family, const GgufFile& file, Json& config) {
  complete_gemma(family, file, config);
  if (!config.contains("attn_logit_softcapping")) config["attn_logit_softcapping"] = 50.0;
  if (!config.contains("final_logit_softcapping")) config["final_logit_softcapping"] = 30.0;
  if (!config.contains("sliding_window")) config["sliding_window"] = uint64_t{4096};
}

constexpr GgufFamily kFamilies[] = {
    {.name = "llama",
     .architecture = "LlamaForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .activation = kSilu,
     .flags = kAllBiases,
     .windows = WindowForm::Uniform,
     .windowed_architecture = "MistralForCausalLM",
     .interleaves_heads = true,
     .has_wave_factors = true},
    {.name = "qwen2",
     .architecture = "Qwen2ForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .activation = kSilu,
     .windows = WindowForm::Listed},
    {.name = "qwen3",
     .architecture = "Qwen3ForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .activation = kSilu,
     .flags = kAttentionBias,
     .windows = WindowForm::Listed},
    {.name = "smollm3",
     .architecture = "SmolLM3ForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .activation = kSilu,
     .flags = kAllBiases,
     .unrotated_period = 4,
     .interleaves_heads = true},
    {.name = "olmo2",
     .architecture = "Olmo2ForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .activation = kSilu,
     .flags = kAttentionBias},
    {.name = "granite",
     .architecture = "GraniteForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .more = kGraniteFactors,
     .activation = kSilu,
     .flags = kAllBiases,
     .interleaves_heads = true,
     .has_wave_factors = true},
    {.name = "stablelm",
     .architecture = "StableLmForCausalLM",
     .heads = kHeads,
     .norm = {kLayerEpsilon, "layer_norm_eps"},
     .more = kParallel,
     .activation = kSilu,
     .flags = kStableLmBias,
     .partial = "partial_rotary_factor"},
    {.name = "phi3",
     .architecture = "Phi3ForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .activation = kSilu,
     .partial = "partial_rotary_factor",
     .windows = WindowForm::Uniform,
     .joins_qkv = true,
     .joins_gate = true,
     .has_factor_lists = true},
    {.name = "gpt2",
     .architecture = "GPT2LMHeadModel",
     .sizes = kGpt2Sizes,
     .norm = {kLayerEpsilon, "layer_norm_epsilon"},
     .activation = {"activation_function", "\"gelu_new\""},
     .theta = {},
     .joins_qkv = true},
    {.name = "gptneox",
     .architecture = "GPTNeoXForCausalLM",
     .norm = {kLayerEpsilon, "layer_norm_eps"},
     .more = kParallel,
     .activation = kGelu,
     .flags = kJoinedBias,
     .theta = "rotary_emb_base",
     .partial = "rotary_pct",
     .joins_qkv = true},
    {.name = "gemma",
     .architecture = "GemmaForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .activation = kGemmaActivation,
     .flags = kAttentionBias},
    {.name = "gemma2",
     .architecture = "Gemma2ForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .more = kCaps,
     .activation = kGemmaActivation,
     .flags = kAttentionBias,
     .windows = WindowForm::Listed,
     .window_period = 2,
     .llama_cpp_has_windows = true,
     .layers_of_27b = 46,
     .complete = complete_gemma2},
    {.name = "gemma3",
     .architecture = "Gemma3ForCausalLM",
     .heads = kHeads,
     .norm = kRmsNorm,
     .more = kGemma3Settings,
     .activation = kGemmaActivation,
     .flags = kAttentionBias,
     .windows = WindowForm::Listed,
     .window_period = 6,
     .llama_cpp_has_windows = true,
     .layers_of_27b = 62,
     .complete = complete_gemma},
    {.name = "phi2",
     .architecture = "PhiForCausalLM",
     .heads = kKeyHeads,
     .norm = {kLayerEpsilon, "layer_norm_eps"},
     .activation = {"hidden_act", "\"gelu_new\""},
     .partial = "partial_rotary_factor",
     .is_parallel = true},
    {.name = "starcoder2",
     .architecture = "Starcoder2ForCausalLM",
     .heads = kHeads,
     .norm = {kLayerEpsilon, "norm_epsilon"},
     .activation = {"hidden_act", "\"gelu_pytorch_tanh\""},
     .flags = kStarCoder2Bias,
     .windows = WindowForm::Uniform},
    {.name = "falcon",
     .architecture = "FalconForCausalLM",
     .sizes = kFalconSizes,
     .heads = kFalconKeyHeads,
     .norm = {kLayerEpsilon, "layer_norm_epsilon"},
     .activation = kFalconGelu,
     .fixed = kFalconFixed,
     .flags = kFalconBias,
     .joins_qkv = true,
     .is_parallel = true,
     .complete = complete_falcon},
};

/// Architectures that are written as another one's family.
constexpr NamePair kRelatives[] = {{"llama", "MistralForCausalLM"},
                                   {"llama", "MobileLLMForCausalLM"}};

const GgufFamily* find_by(std::string_view GgufFamily::* member, std::string_view value) {
  const auto found = std::ranges::find(kFamilies, value, member);
  return found == std::end(kFamilies) ? nullptr : &*found;
}

void append_name(std::string& list, std::string_view name) {
  list += (list.empty() ? "" : ", ") + std::string(name);
}

}  // namespace

uint64_t count_in(const Json& config, const char* key) {
  const Json value = config.value(key, Json());
  return value.is_number_unsigned() ? value.get<uint64_t>() : 0;
}

std::vector<NamePair> GgufFamily::settings() const {
  const std::span<const NamePair> first = sizes.empty() ? kSizes : sizes;
  std::vector<NamePair> all(first.begin(), first.end());
  all.insert(all.end(), heads.begin(), heads.end());
  all.push_back(norm);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

const GgufFamily* find_gguf_family(std::string_view name) {
  return find_by(&GgufFamily::name, name);
}

const GgufFamily* find_gguf_family_of(std::string_view architecture) {
  const auto relative = std::ranges::find(kRelatives, architecture, &NamePair::huggingface);
  if (relative != std::end(kRelatives)) return find_gguf_family(relative->gguf);
  return find_by(&GgufFamily::architecture, architecture);
}

uint64_t gguf_score_divisor(const GgufFamily& family, uint64_t layers, uint64_t width,
                            uint64_t heads, uint64_t head_dim) {
  const bool is_27b = family.layers_of_27b != 0 && layers == family.layers_of_27b && heads != 0;
  return is_27b ? width / heads : head_dim;
}

std::string gguf_family_names() {
  std::string list;
  for (const GgufFamily& family : kFamilies) append_name(list, family.name);
  return list;
}

std::string gguf_family_architectures() {
  std::string list;
  for (const GgufFamily& family : kFamilies) append_name(list, family.architecture);
  for (const NamePair& relative : kRelatives) append_name(list, relative.huggingface);
  return list;
}

}  // namespace nibble::offline
