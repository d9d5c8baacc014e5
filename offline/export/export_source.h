// What is exported: a model that a publisher shipped, or a blob, in the same terms.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <memory>
#include <string>

#include "offline/architectures/network.h"
#include "offline/architectures/rotary.h"
#include "offline/formats/source_model.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

struct ExportSource {
  std::string architecture;  ///< as the registry names it: "LlamaForCausalLM"
  std::string name, license;
  HyperParameters shape;
  Vocabulary vocabulary;
  std::vector<RotarySettings> rotary;  ///< as published; empty for a blob, which has increments
  Network network;                     ///< every tensor but increments has a source
  std::shared_ptr<const void> owner;   ///< keeps what the sources read
};

/// The model's network with its weights as the publisher stores them.
ExportSource export_source(const SourceModel& model);

/// A blob's: matrices hold the codes and scales that the runtime multiplies with.
/// @param model  loaded with BlobAccess::Mapped
ExportSource export_source(std::shared_ptr<const LoadedModel> model);

}  // namespace nibble::offline
