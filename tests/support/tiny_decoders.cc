// Lists each architecture's tensors by its publisher's names.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/tiny_decoders.h"

#include <cmath>
#include <random>

namespace nibble::test {
namespace {

using Json = nlohmann::json;

/// A model under construction. Numbers are multiples of 2^-9 up to 2, which halves hold exactly.
class Maker {
 public:
  Maker(std::string name, Json config) : model_{std::move(name), std::move(config), {}} {}

  /// A matrix [rows, columns].
  Maker& matrix(const std::string& name, uint64_t rows, uint64_t columns) {
    return add(name + ".weight", {rows, columns}, 1.7 / std::sqrt(static_cast<double>(columns)), 0);
  }
  Maker& bias(const std::string& name, uint64_t columns) {
    return add(name + ".bias", {columns}, 0.3, 0);
  }
  Maker& linear(const std::string& name, uint64_t rows, uint64_t columns, bool has_bias) {
    matrix(name, rows, columns);
    return has_bias ? bias(name, rows) : *this;
  }
  /// A gain around `center`.
  Maker& gain(const std::string& name, uint64_t columns, double center = 1) {
    return add(name + ".weight", {columns}, 0.4, center);
  }
  Maker& layer_norm(const std::string& name, uint64_t columns) {
    return gain(name, columns).bias(name, columns);
  }
  TinyDecoder made() { return std::move(model_); }

 private:
  Maker& add(const std::string& name, std::vector<uint64_t> shape, double most, double center) {
    uint64_t count = 1;
    for (const uint64_t dimension : shape) count *= dimension;
    ReferenceTensor tensor{std::move(shape), std::vector<double>(count)};
    for (double& value : tensor.values) {
      const double unit = static_cast<double>(random_() % 2001) / 1000 - 1;
      value = center + std::round(unit * most * 512) / 512;
    }
    model_.tensors[name] = std::move(tensor);
    return *this;
  }

  TinyDecoder model_;
  std::mt19937_64 random_{7};  // its sequence is fixed by the C++ standard
};

/// Four query heads of 24 share two key heads; nothing is a multiple of 32.
constexpr uint64_t kWidth = 72, kInner = 100, kHeads = 4, kKeyHeads = 2, kHead = 24, kLayers = 3;
constexpr uint64_t kQueries = kHeads * kHead, kKeys = kKeyHeads * kHead;

Json llama_config(const char* architecture, const char* type, const Json& more) {
  Json config = {{"architectures", {architecture}},
                 {"model_type", type},
                 {"hidden_size", kWidth},
                 {"intermediate_size", kInner},
                 {"num_hidden_layers", kLayers},
                 {"num_attention_heads", kHeads},
                 {"num_key_value_heads", kKeyHeads},
                 {"head_dim", kHead},
                 {"vocab_size", kTinyVocabulary},
                 {"max_position_embeddings", kTinyContext},
                 {"rms_norm_eps", 1e-5},
                 {"rope_theta", 5000.0},
                 {"hidden_act", "silu"},
                 {"tie_word_embeddings", false}};
  if (!more.is_null()) config.update(more);
  for (auto member = config.begin(); member != config.end();) {
    member = member->is_null() ? config.erase(member) : std::next(member);
  }
  return config;
}

struct LlamaTensors {
  bool qkv_bias = false, output_bias = false, ffn_bias = false, head_norms = false, tied = false;
  double gains_around = 1;
  bool has_output_norms = false;
  uint64_t layers = kLayers;
};

std::string layer_name(const std::string& prefix, uint64_t layer) {
  return prefix + std::to_string(layer) + ".";
}

TinyDecoder llama_like(const char* name, const Json& config, const LlamaTensors& has = {}) {
  Maker maker(name, config);
  maker.matrix("model.embed_tokens", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < has.layers; ++layer) {
    const std::string p = layer_name("model.layers.", layer);
    maker.gain(p + "input_layernorm", kWidth, has.gains_around)
        .gain(p + "post_attention_layernorm", kWidth, has.gains_around)
        .linear(p + "self_attn.q_proj", kQueries, kWidth, has.qkv_bias)
        .linear(p + "self_attn.k_proj", kKeys, kWidth, has.qkv_bias)
        .linear(p + "self_attn.v_proj", kKeys, kWidth, has.qkv_bias)
        .linear(p + "self_attn.o_proj", kWidth, kQueries, has.output_bias)
        .linear(p + "mlp.gate_proj", kInner, kWidth, has.ffn_bias)
        .linear(p + "mlp.up_proj", kInner, kWidth, has.ffn_bias)
        .linear(p + "mlp.down_proj", kWidth, kInner, has.ffn_bias);
    if (has.head_norms) {
      maker.gain(p + "self_attn.q_norm", kHead, has.gains_around)
          .gain(p + "self_attn.k_norm", kHead, has.gains_around);
    }
    if (has.has_output_norms) {
      maker.gain(p + "pre_feedforward_layernorm", kWidth, has.gains_around)
          .gain(p + "post_feedforward_layernorm", kWidth, has.gains_around);
    }
  }
  maker.gain("model.norm", kWidth, has.gains_around);
  if (!has.tied) maker.matrix("lm_head", kTinyVocabulary, kWidth);
  return maker.made();
}

TinyDecoder olmo2() {
  Maker maker("Olmo2", llama_config("Olmo2ForCausalLM", "olmo2", {}));
  maker.matrix("model.embed_tokens", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("model.layers.", layer);
    maker.matrix(p + "self_attn.q_proj", kQueries, kWidth)
        .matrix(p + "self_attn.k_proj", kKeys, kWidth)
        .matrix(p + "self_attn.v_proj", kKeys, kWidth)
        .matrix(p + "self_attn.o_proj", kWidth, kQueries)
        .gain(p + "self_attn.q_norm", kQueries)
        .gain(p + "self_attn.k_norm", kKeys)
        .gain(p + "post_attention_layernorm", kWidth)
        .gain(p + "post_feedforward_layernorm", kWidth)
        .matrix(p + "mlp.gate_proj", kInner, kWidth)
        .matrix(p + "mlp.up_proj", kInner, kWidth)
        .matrix(p + "mlp.down_proj", kWidth, kInner);
  }
  return maker.gain("model.norm", kWidth).matrix("lm_head", kTinyVocabulary, kWidth).made();
}

TinyDecoder phi3(const char* name, const Json& more) {
  Maker maker(name, llama_config("Phi3ForCausalLM", "phi3", more));
  maker.matrix("model.embed_tokens", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("model.layers.", layer);
    maker.gain(p + "input_layernorm", kWidth)
        .gain(p + "post_attention_layernorm", kWidth)
        .matrix(p + "self_attn.qkv_proj", kQueries + 2 * kKeys, kWidth)
        .matrix(p + "self_attn.o_proj", kWidth, kQueries)
        .matrix(p + "mlp.gate_up_proj", 2 * kInner, kWidth)
        .matrix(p + "mlp.down_proj", kWidth, kInner);
  }
  return maker.gain("model.norm", kWidth).matrix("lm_head", kTinyVocabulary, kWidth).made();
}

TinyDecoder stablelm(const char* name, bool is_parallel) {
  Maker maker(name, llama_config("StableLmForCausalLM", "stablelm",
                                 {{"rms_norm_eps", nullptr},
                                  {"layer_norm_eps", 1e-5},
                                  {"partial_rotary_factor", 0.25},
                                  {"use_qkv_bias", true},
                                  {"use_parallel_residual", is_parallel}}));
  maker.matrix("model.embed_tokens", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("model.layers.", layer);
    maker.layer_norm(p + "input_layernorm", kWidth)
        .linear(p + "self_attn.q_proj", kQueries, kWidth, true)
        .linear(p + "self_attn.k_proj", kKeys, kWidth, true)
        .linear(p + "self_attn.v_proj", kKeys, kWidth, true)
        .matrix(p + "self_attn.o_proj", kWidth, kQueries)
        .matrix(p + "mlp.gate_proj", kInner, kWidth)
        .matrix(p + "mlp.up_proj", kInner, kWidth)
        .matrix(p + "mlp.down_proj", kWidth, kInner);
    if (!is_parallel) maker.layer_norm(p + "post_attention_layernorm", kWidth);
  }
  return maker.layer_norm("model.norm", kWidth).matrix("lm_head", kTinyVocabulary, kWidth).made();
}

TinyDecoder gpt2() {
  constexpr uint64_t kAllHeads = 3 * kHead;  // as wide as the model
  static_assert(kAllHeads == kWidth);
  Maker maker("Gpt2", {{"architectures", {"GPT2LMHeadModel"}},
                       {"model_type", "gpt2"},
                       {"n_embd", kWidth},
                       {"n_layer", kLayers},
                       {"n_head", 3},
                       {"n_positions", kTinyContext},
                       {"n_ctx", kTinyContext},
                       {"n_inner", nullptr},
                       {"activation_function", "gelu_new"},
                       {"layer_norm_epsilon", 1e-5},
                       {"vocab_size", kTinyVocabulary}});
  maker.matrix("transformer.wte", kTinyVocabulary, kWidth)
      .matrix("transformer.wpe", kTinyContext, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("transformer.h.", layer);
    maker.layer_norm(p + "ln_1", kWidth)
        .layer_norm(p + "ln_2", kWidth)
        .matrix(p + "attn.c_attn", kWidth, 3 * kWidth)
        .bias(p + "attn.c_attn", 3 * kWidth)
        .matrix(p + "attn.c_proj", kWidth, kWidth)
        .bias(p + "attn.c_proj", kWidth)
        .matrix(p + "mlp.c_fc", kWidth, 4 * kWidth)
        .bias(p + "mlp.c_fc", 4 * kWidth)
        .matrix(p + "mlp.c_proj", 4 * kWidth, kWidth)
        .bias(p + "mlp.c_proj", kWidth);
  }
  return maker.layer_norm("transformer.ln_f", kWidth).made();
}

/// Keys and values for each head.
TinyDecoder gpt_neox(const char* name, bool is_parallel) {
  Maker maker(name, {{"architectures", {"GPTNeoXForCausalLM"}},
                     {"model_type", "gpt_neox"},
                     {"hidden_size", kWidth},
                     {"intermediate_size", kInner},
                     {"num_hidden_layers", kLayers},
                     {"num_attention_heads", 3},
                     {"vocab_size", kTinyVocabulary},
                     {"max_position_embeddings", kTinyContext},
                     {"hidden_act", "gelu"},
                     {"layer_norm_eps", 1e-5},
                     {"rotary_pct", 0.25},
                     {"rotary_emb_base", 10000},
                     {"use_parallel_residual", is_parallel},
                     {"tie_word_embeddings", false}});
  maker.matrix("gpt_neox.embed_in", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("gpt_neox.layers.", layer);
    maker.layer_norm(p + "input_layernorm", kWidth)
        .layer_norm(p + "post_attention_layernorm", kWidth)
        .linear(p + "attention.query_key_value", 3 * kWidth, kWidth, true)
        .linear(p + "attention.dense", kWidth, kWidth, true)
        .linear(p + "mlp.dense_h_to_4h", kInner, kWidth, true)
        .linear(p + "mlp.dense_4h_to_h", kWidth, kInner, true);
  }
  return maker.layer_norm("gpt_neox.final_layer_norm", kWidth)
      .matrix("embed_out", kTinyVocabulary, kWidth)
      .made();
}

/// @param is_post  opt-350m's way: norms of the sums, and a narrower embedding
TinyDecoder opt(const char* name, bool is_post) {
  const uint64_t embedded = is_post ? 40 : kWidth;
  const std::string decoder = "model.decoder.";
  Maker maker(name, {{"architectures", {"OPTForCausalLM"}},
                     {"model_type", "opt"},
                     {"hidden_size", kWidth},
                     {"ffn_dim", kInner},
                     {"num_hidden_layers", kLayers},
                     {"num_attention_heads", 3},
                     {"vocab_size", kTinyVocabulary},
                     {"max_position_embeddings", kTinyContext},
                     {"word_embed_proj_dim", embedded},
                     {"do_layer_norm_before", !is_post},
                     {"activation_function", "relu"}});
  maker.matrix(decoder + "embed_tokens", kTinyVocabulary, embedded)
      .matrix(decoder + "embed_positions", kTinyContext + 2, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name(decoder + "layers.", layer);
    for (const char* const projection : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      maker.linear(p + "self_attn." + projection, kWidth, kWidth, true);
    }
    maker.layer_norm(p + "self_attn_layer_norm", kWidth)
        .layer_norm(p + "final_layer_norm", kWidth)
        .linear(p + "fc1", kInner, kWidth, true)
        .linear(p + "fc2", kWidth, kInner, true);
  }
  if (!is_post) return maker.layer_norm(decoder + "final_layer_norm", kWidth).made();
  return maker.matrix(decoder + "project_in", kWidth, embedded)
      .matrix(decoder + "project_out", embedded, kWidth)
      .made();
}

TinyDecoder phi() {
  Maker maker("Phi", llama_config("PhiForCausalLM", "phi",
                                  {{"rms_norm_eps", nullptr},
                                   {"head_dim", nullptr},
                                   {"num_attention_heads", 3},
                                   {"num_key_value_heads", nullptr},
                                   {"layer_norm_eps", 1e-5},
                                   {"hidden_act", "gelu_new"},
                                   {"partial_rotary_factor", 0.5}}));
  maker.matrix("model.embed_tokens", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("model.layers.", layer);
    for (const char* const projection : {"q_proj", "k_proj", "v_proj", "dense"}) {
      maker.linear(p + "self_attn." + projection, kWidth, kWidth, true);
    }
    maker.layer_norm(p + "input_layernorm", kWidth)
        .linear(p + "mlp.fc1", kInner, kWidth, true)
        .linear(p + "mlp.fc2", kWidth, kInner, true);
  }
  return maker.layer_norm("model.final_layernorm", kWidth)
      .linear("lm_head", kTinyVocabulary, kWidth, true)
      .made();
}

TinyDecoder starcoder2() {
  Maker maker("Starcoder2", llama_config("Starcoder2ForCausalLM", "starcoder2",
                                         {{"rms_norm_eps", nullptr},
                                          {"norm_epsilon", 1e-5},
                                          {"hidden_act", "gelu_pytorch_tanh"},
                                          {"use_bias", true},
                                          {"sliding_window", 9},
                                          {"tie_word_embeddings", nullptr}}));
  maker.matrix("model.embed_tokens", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("model.layers.", layer);
    maker.layer_norm(p + "input_layernorm", kWidth)
        .layer_norm(p + "post_attention_layernorm", kWidth)
        .linear(p + "self_attn.q_proj", kQueries, kWidth, true)
        .linear(p + "self_attn.k_proj", kKeys, kWidth, true)
        .linear(p + "self_attn.v_proj", kKeys, kWidth, true)
        .linear(p + "self_attn.o_proj", kWidth, kQueries, true)
        .linear(p + "mlp.c_fc", kInner, kWidth, true)
        .linear(p + "mlp.c_proj", kWidth, kInner, true);
  }
  return maker.layer_norm("model.norm", kWidth).made();
}

/// @param is_new  Falcon 40B's way: several key heads, two norms
TinyDecoder falcon(const char* name, bool is_new) {
  const uint64_t heads = 3, key_heads = is_new ? 3 : 1, head = kWidth / heads;
  Maker maker(name, {{"architectures", {"FalconForCausalLM"}},
                     {"model_type", "falcon"},
                     {"hidden_size", kWidth},
                     {"num_hidden_layers", kLayers},
                     {"num_attention_heads", heads},
                     {"num_kv_heads", key_heads},
                     {"vocab_size", kTinyVocabulary},
                     {"layer_norm_epsilon", 1e-5},
                     {"multi_query", true},
                     {"parallel_attn", true},
                     {"new_decoder_architecture", is_new},
                     {"alibi", false},
                     {"bias", false}});
  maker.matrix("transformer.word_embeddings", kTinyVocabulary, kWidth);
  for (uint64_t layer = 0; layer < kLayers; ++layer) {
    const std::string p = layer_name("transformer.h.", layer);
    maker.layer_norm(p + (is_new ? "ln_attn" : "input_layernorm"), kWidth)
        .matrix(p + "self_attention.query_key_value", kWidth + 2 * key_heads * head, kWidth)
        .matrix(p + "self_attention.dense", kWidth, kWidth)
        .matrix(p + "mlp.dense_h_to_4h", 4 * kWidth, kWidth)
        .matrix(p + "mlp.dense_4h_to_h", kWidth, 4 * kWidth);
    if (is_new) maker.layer_norm(p + "ln_mlp", kWidth);
  }
  return maker.layer_norm("transformer.ln_f", kWidth).made();
}

Json longrope(size_t pairs) {
  Json factors = Json::array();
  for (size_t i = 0; i < pairs; ++i) factors.push_back(1.0 + 0.5 * static_cast<double>(i));
  return {{"type", "longrope"}, {"short_factor", factors}, {"long_factor", factors}};
}

std::vector<TinyDecoder> llamas() {
  const Json yarn = {{"rope_type", "yarn"},
                     {"factor", 4.0},
                     {"original_max_position_embeddings", 16},
                     {"beta_fast", 2.0},
                     {"beta_slow", 1.0}};
  return {
      llama_like("Llama", llama_config("LlamaForCausalLM", "llama", {{"rope_scaling", yarn}})),
      llama_like(
          "LlamaBiased",
          llama_config("LlamaForCausalLM", "llama", {{"attention_bias", true}, {"mlp_bias", true}}),
          {.qkv_bias = true, .output_bias = true, .ffn_bias = true}),
      llama_like("Mistral", llama_config("MistralForCausalLM", "mistral", {{"sliding_window", 7}})),
      llama_like("MobileLlm",
                 llama_config("MobileLLMForCausalLM", "mobilellm", {{"share_embedding", true}}),
                 {.tied = true}),
      llama_like("SmolLm3",
                 llama_config("SmolLM3ForCausalLM", "smollm3",
                              {{"no_rope_layers", {1, 0, 1}}, {"tie_word_embeddings", nullptr}}),
                 {.tied = true}),
      llama_like("SmolLm3Published",
                 llama_config("SmolLM3ForCausalLM", "smollm3",
                              {{"num_hidden_layers", 5}, {"tie_word_embeddings", nullptr}}),
                 {.tied = true, .layers = 5}),
      llama_like("Qwen2",
                 llama_config("Qwen2ForCausalLM", "qwen2",
                              {{"use_sliding_window", true},
                               {"sliding_window", 5},
                               {"max_window_layers", 1},
                               {"tie_word_embeddings", true}}),
                 {.qkv_bias = true, .tied = true}),
      llama_like("Qwen3",
                 llama_config("Qwen3ForCausalLM", "qwen3",
                              {{"use_sliding_window", false}, {"sliding_window", nullptr}}),
                 {.head_norms = true}),
      llama_like("Granite",
                 llama_config("GraniteForCausalLM", "granite",
                              {{"embedding_multiplier", 12.0},
                               {"residual_multiplier", 0.22},
                               {"attention_multiplier", 0.0625},
                               {"logits_scaling", 6.0},
                               {"tie_word_embeddings", true}}),
                 {.tied = true}),
  };
}

std::vector<TinyDecoder> gemmas() {
  const Json common = {{"rms_norm_eps", 1e-6},
                       {"hidden_act", nullptr},
                       {"hidden_activation", "gelu_pytorch_tanh"},
                       {"rope_theta", nullptr},
                       {"tie_word_embeddings", nullptr}};
  Json second = common, third = common;
  second.update({{"query_pre_attn_scalar", 20},
                 {"attn_logit_softcapping", 5.0},
                 {"final_logit_softcapping", 3.0},
                 {"sliding_window", 6}});
  third.update({{"query_pre_attn_scalar", 24},
                {"rope_theta", 1000000.0},
                {"rope_local_base_freq", 10000.0},
                {"sliding_window", 6},
                {"rope_scaling", {{"rope_type", "linear"}, {"factor", 8.0}}},
                {"layer_types", {"sliding_attention", "full_attention", "sliding_attention"}}});
  return {
      llama_like("Gemma", llama_config("GemmaForCausalLM", "gemma", common),
                 {.tied = true, .gains_around = 0}),
      llama_like("Gemma2", llama_config("Gemma2ForCausalLM", "gemma2", second),
                 {.tied = true, .gains_around = 0, .has_output_norms = true}),
      llama_like("Gemma3", llama_config("Gemma3ForCausalLM", "gemma3_text", third),
                 {.head_norms = true, .tied = true, .gains_around = 0, .has_output_norms = true}),
  };
}

}  // namespace

std::vector<TinyDecoder> tiny_decoders() {
  std::vector<TinyDecoder> all = llamas();
  for (TinyDecoder& gemma : gemmas()) all.push_back(std::move(gemma));
  all.push_back(olmo2());
  all.push_back(phi3("Phi3", {{"original_max_position_embeddings", 16},
                              {"rope_scaling", longrope(kHead / 2)},
                              {"sliding_window", 11}}));
  Json of_phi4 = longrope(9);
  of_phi4["attention_factor"] = 0.5;  // exact where it is folded into halves
  all.push_back(phi3("Phi4Mini", {{"original_max_position_embeddings", 16},
                                  {"rope_scaling", of_phi4},
                                  {"partial_rotary_factor", 0.75}}));
  all.push_back(stablelm("StableLm", false));
  all.push_back(stablelm("StableLmParallel", true));
  all.push_back(gpt2());
  all.push_back(gpt_neox("GptNeoX", true));
  all.push_back(gpt_neox("GptNeoXSequential", false));
  all.push_back(opt("Opt", false));
  all.push_back(opt("OptPostNorm", true));
  all.push_back(phi());
  all.push_back(starcoder2());
  all.push_back(falcon("Falcon7b", false));
  all.push_back(falcon("Falcon40b", true));
  return all;
}

}  // namespace nibble::test
