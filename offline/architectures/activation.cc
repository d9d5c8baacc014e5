// One table of names.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/activation.h"

#include <algorithm>
#include <iterator>

#include "offline/architectures/decoder.h"

namespace nibble::offline {
namespace {

using format::Activation;

struct ActivationName {
  const char* name;
  Activation activation;
};

constexpr ActivationName kActivationsByName[] = {
    {"silu", Activation::Silu},
    {"swish", Activation::Silu},
    {"gelu", Activation::GeluErf},
    {"gelu_python", Activation::GeluErf},
    {"gelu_new", Activation::GeluTanh},
    {"gelu_fast", Activation::GeluTanh},
    {"gelu_accurate", Activation::GeluTanh},
    {"gelu_pytorch_tanh", Activation::GeluTanh},
    {"relu", Activation::Relu},
    {"quick_gelu", Activation::QuickGelu},
};

}  // namespace

std::optional<Activation> find_activation(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kActivationsByName, [name](const ActivationName& row) { return row.name == name; });
  if (found == std::end(kActivationsByName)) return {};
  return found->activation;
}

Activation read_activation(Settings& config, const std::string& key, const std::string& otherwise) {
  const JsonValue given = config[key];
  const auto activation = find_activation(given.exists() ? given.text() : otherwise);
  if (!activation) given.refuse_as_unsupported();
  return *activation;
}

float read_epsilon(Settings& config, const std::string& key, double otherwise) {
  return static_cast<float>(config[key].number_or(1e-12, 1e-1, otherwise));
}

void read_layer_norm(Settings& config, const std::string& epsilon_key, DecoderParameters& shape) {
  shape.norm = Norm::Layer;
  shape.norm_has_bias = true;
  shape.norm_epsilon = read_epsilon(config, epsilon_key, 1e-5);
}

}  // namespace nibble::offline
