// Gemma 1, 2 and 3 (text): scaled embeddings, gains stored less 1, and what each version added.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cmath>
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/llama.h"
#include "offline/architectures/windows.h"

namespace nibble::offline {
namespace {

/// What all three have.
std::shared_ptr<DecoderParameters> read_gemma(Settings& config, const RotaryNames& rotary) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape, {.is_tied = true, .default_head_dimension = 256});
  shape->norm_epsilon = read_epsilon(config, "rms_norm_eps", 1e-6);
  shape->gains_are_from_one = true;
  shape->embedding_scale = static_cast<float>(std::sqrt(shape->hidden_size));
  // Files of the first version say "gelu", and have always meant the form with tanh.
  config.ignore("hidden_act");
  shape->activation = read_activation(config, "hidden_activation", "gelu_pytorch_tanh");
  shape->rotary = {read_rotary(config, *shape, rotary)};
  shape->qkv_bias = shape->output_bias = config["attention_bias"].flag_or(false);
  return shape;
}

std::shared_ptr<const HyperParameters> read_first(Settings& config) {
  return read_gemma(config, {});
}

float read_cap(Settings& config, const char* key) {
  return static_cast<float>(config[key].number_or(1e-3, 1e6, 0));
}

/// What the second and third version have: norms on both sides of a branch, and windows.
void read_second(Settings& config, DecoderParameters& shape,
                 const std::function<bool(uint32_t)>& slides) {
  shape.norm_place = NormPlace::InputAndOutput;
  shape.names.ffn_norm = "pre_feedforward_layernorm";
  shape.attention_scale = 1 / std::sqrt(config["query_pre_attn_scalar"].number_or(1e-3, 1e6, 256));
  shape.score_cap = read_cap(config, "attn_logit_softcapping");
  shape.logit_cap = read_cap(config, "final_logit_softcapping");
  shape.layers = windowed_layers(read_windowed_layers(config, shape, slides), read_window(config));
  config.require("use_bidirectional_attention", false);
  config.ignore("cache_implementation");
}

std::shared_ptr<const HyperParameters> read_gemma2(Settings& config) {
  const auto shape = read_gemma(config, {});
  read_second(config, *shape, [](uint32_t layer) { return layer % 2 == 0; });
  return shape;
}

/// How many layers there are for each one that sees everything.
uint32_t read_pattern(Settings& config) {
  const JsonValue older = config["sliding_window_pattern"],
                  newer = config["_sliding_window_pattern"];
  return (newer.exists() ? newer : older).count_or(format::kMaxLayers, 6);
}

std::shared_ptr<const HyperParameters> read_gemma3(Settings& config) {
  const JsonValue by_type = config["rope_parameters"];
  const bool is_by_type = by_type["full_attention"].exists();
  const auto shape =
      read_gemma(config, {.default_theta = 1'000'000, .ignores_parameters = is_by_type});
  shape->head_norm = HeadNorm::EachHead;
  const uint32_t pattern = read_pattern(config);
  read_second(config, *shape, [pattern](uint32_t layer) { return !ends_period(layer, pattern); });
  RotarySettings local;
  local.theta = config["rope_local_base_freq"].number_or(1, 1e12, local.theta);
  shape->rotary.push_back(local);
  if (is_by_type) {
    shape->rotary[0] = read_rotary_parameters(by_type["full_attention"], *shape, shape->rotary[0]);
    shape->rotary[1] = read_rotary_parameters(by_type["sliding_attention"], *shape, local);
  }
  for (DecoderLayer& layer : shape->layers) layer.rotary = layer.window != 0 ? 1 : 0;
  return shape;
}

}  // namespace

Architecture gemma_architecture() {
  return {"GemmaForCausalLM", "gemma", read_first, compile_decoder};
}

Architecture gemma2_architecture() {
  return {"Gemma2ForCausalLM", "gemma2", read_gemma2, compile_decoder};
}

Architecture gemma3_architecture() {
  return {"Gemma3ForCausalLM", "gemma3_text", read_gemma3, compile_decoder};
}

}  // namespace nibble::offline
