// One table of names.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/activation.h"

#include <algorithm>
#include <iterator>

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

Activation read_activation(Settings& config, const std::string& key, const std::string& otherwise) {
  const JsonValue given = config[key];
  const std::string name = given.exists() ? given.text() : otherwise;
  const auto* const found = std::ranges::find(
      kActivationsByName, name, [](const auto& row) { return std::string(row.name); });
  if (found == std::end(kActivationsByName)) given.refuse_as_unsupported();
  return found->activation;
}

float read_epsilon(Settings& config, const std::string& key, double otherwise) {
  return static_cast<float>(config[key].number_or(1e-12, 1e-1, otherwise));
}

}  // namespace nibble::offline
