// SmolLM 3: Llama, some of whose layers do not know positions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/llama.h"
#include "offline/architectures/windows.h"

namespace nibble::offline {
namespace {

/// Those that no_rope_layers lists as 0, or every so many-th.
std::vector<DecoderLayer> read_layers(Settings& config, const HyperParameters& shape) {
  const JsonValue listed = config["no_rope_layers"];
  const uint32_t interval = config["no_rope_layer_interval"].count_or(format::kMaxLayers, 4);
  if (listed.exists() && listed.array_size() != shape.num_hidden_layers) {
    listed.refuse("must have one entry for each of the " + std::to_string(shape.num_hidden_layers) +
                  " layers");
  }
  std::vector<DecoderLayer> layers(shape.num_hidden_layers);
  for (uint32_t layer = 0; layer < shape.num_hidden_layers; ++layer) {
    const bool rotates =
        listed.exists() ? listed[size_t{layer}].whole_number() != 0 : !ends_period(layer, interval);
    if (!rotates) layers[layer].rotary = kNoRotation;
  }
  return layers;
}

std::shared_ptr<const HyperParameters> read_smollm3_config(Settings& config) {
  const auto shape = read_llama_like(config, {.is_tied = true}, {.default_theta = 2'000'000});
  shape->qkv_bias = shape->output_bias = config["attention_bias"].flag_or(false);
  shape->ffn_bias = config["mlp_bias"].flag_or(false);
  shape->layers = read_layers(config, *shape);
  config.require("use_sliding_window", false);
  config.ignore("sliding_window");     // without a meaning unless it is used
  config.ignore("max_window_layers");  // the same
  for (const bool is_windowed :
       read_windowed_layers(config, *shape, [](uint32_t) { return false; })) {
    if (is_windowed) config["layer_types"].refuse_as_unsupported();
  }
  config.require("pretraining_tp", 1);
  return shape;
}

}  // namespace

Architecture smollm3_architecture() {
  return {"SmolLM3ForCausalLM", "smollm3", read_smollm3_config, compile_decoder};
}

}  // namespace nibble::offline
