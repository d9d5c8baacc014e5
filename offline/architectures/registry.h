// The architectures that can be packed, found by the names that configurations give them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "offline/architectures/hyper_parameters.h"
#include "offline/architectures/network.h"
#include "offline/architectures/settings.h"
#include "offline/weights/source_tensors.h"

namespace nibble::offline {

/// A family of decoders. Names of settings and tensors are those of Hugging Face; a reader of
/// another format translates its own to them.
struct Architecture {
  std::string_view name;        ///< as config.json's "architectures" has it: "LlamaForCausalLM"
  std::string_view model_type;  ///< as config.json's "model_type" has it: "llama"
  /// Throws InputError, naming the setting, for a value out of range and for every setting that
  /// might change the computation in a way the family's compiler does not know.
  std::shared_ptr<const HyperParameters> (*read_config)(Settings& config);
  /// Throws InputError where a tensor is missing, superfluous or of the wrong shape.
  /// @pre `shape` is a result of read_config()
  Network (*compile)(const HyperParameters& shape, const SourceTensors& tensors,
                     const SchemeChoice& scheme);
};

/// The architecture of this name or model type; null for one that is not known.
const Architecture* find_architecture(std::string_view name);

/// One line for each architecture, in the order of the list: its name and its model type.
std::string architecture_list();

/// The names of all architectures, for messages: "LlamaForCausalLM, GPT2LMHeadModel".
std::string architecture_names();

}  // namespace nibble::offline
