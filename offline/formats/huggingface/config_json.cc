// Finds the architecture that a configuration names, and lets it read the rest.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/config_json.h"

namespace nibble::offline {
namespace {

/// GPTQ, AWQ and their kin announce themselves here; their tensors have names of their own.
void refuse_quantized(const JsonValue& quantization) {
  if (!quantization.exists()) return;
  const JsonValue method = quantization["quant_method"];
  const std::string by = method.exists() ? ", by " + method.quoted() : "";
  quantization.refuse("says that the weights are quantized already" + by +
                      "; give the folder of the model they were made from");
}

const Architecture& architecture_of(const JsonValue& config) {
  const JsonValue names = config["architectures"], type = config["model_type"];
  if (names.array_size() != 1) {
    names.refuse("is " + names.quoted() + ", must be a list of one name");
  }
  const Architecture* const architecture = find_architecture(names[size_t{0}].text());
  if (architecture == nullptr) {
    names.refuse("is " + names.quoted() +
                 ", which is not supported; supported: " + architecture_names());
  }
  if (type.text() != architecture->model_type) {
    type.refuse("is " + type.quoted() + ", but a model of " + std::string(architecture->name) +
                " is of type \"" + std::string(architecture->model_type) + "\"");
  }
  return *architecture;
}

}  // namespace

ModelConfig read_model_config(const JsonValue& config) {
  Settings settings(config);
  refuse_quantized(config["quantization_config"]);
  const Architecture& architecture = architecture_of(config);
  settings.ignore_harmless();
  ModelConfig read{&architecture, architecture.read_config(settings)};
  settings.refuse_others(
      "is not supported; if this setting does not change what the model computes, take it out of "
      "the file");
  return read;
}

}  // namespace nibble::offline
