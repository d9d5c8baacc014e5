// Reads settings of sliding windows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/windows.h"

#include "runtime/format/blob.h"

namespace nibble::offline {

std::vector<bool> read_windowed_layers(Settings& config, const HyperParameters& shape,
                                       const std::function<bool(uint32_t)>& otherwise) {
  const JsonValue types = config["layer_types"];
  std::vector<bool> windowed;
  if (types.exists() && types.array_size() != shape.num_hidden_layers) {
    types.refuse("has " + std::to_string(types.array_size()) + " entries, must have one for each " +
                 "of the " + std::to_string(shape.num_hidden_layers) + " layers");
  }
  for (uint32_t layer = 0; layer < shape.num_hidden_layers; ++layer) {
    if (!types.exists()) {
      windowed.push_back(otherwise(layer));
      continue;
    }
    const JsonValue type = types[size_t{layer}];
    const bool slides = type.text() == "sliding_attention";
    if (!slides && type.text() != "full_attention") type.refuse_as_unsupported();
    windowed.push_back(slides);
  }
  return windowed;
}

uint32_t read_window(Settings& config) {
  return config["sliding_window"].count_or(format::kMaxContextTokens, 0);
}

void read_qwen_windows(Settings& config, DecoderParameters& shape) {
  const bool slides = config["use_sliding_window"].flag_or(false);
  const JsonValue first = config["max_window_layers"];
  const uint64_t first_layer = first.exists() ? first.whole_number() : shape.num_hidden_layers;
  const uint32_t window = slides ? read_window(config) : 0;
  config.ignore("sliding_window");  // without a meaning unless it is used
  const std::vector<bool> windowed = read_windowed_layers(
      config, shape, [&](uint32_t layer) { return slides && layer >= first_layer; });
  shape.layers = windowed_layers(windowed, window);
}

std::vector<DecoderLayer> windowed_layers(const std::vector<bool>& windowed, uint32_t window) {
  std::vector<DecoderLayer> layers(windowed.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    if (windowed[i]) layers[i].window = window;
  }
  return layers;
}

}  // namespace nibble::offline
