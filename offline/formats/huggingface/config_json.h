// config.json: which architecture it names, and the hyper-parameters that architecture reads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <memory>

#include "offline/architectures/registry.h"
#include "offline/files/json_value.h"

namespace nibble::offline {

struct ModelConfig {
  const Architecture* architecture;
  std::shared_ptr<const HyperParameters> shape;
};

/// Throws InputError, with the JSON path, for weights that are quantized already, for an
/// architecture that is not known, and for what Architecture::read_config() refuses.
ModelConfig read_model_config(const JsonValue& config);

}  // namespace nibble::offline
