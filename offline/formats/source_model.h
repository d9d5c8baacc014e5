// A model as its publisher ships it: architecture and hyper-parameters, vocabulary, provenance,
// tensors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <memory>
#include <string>

#include "offline/architectures/registry.h"
#include "offline/formats/vocabulary.h"
#include "offline/weights/source_tensors.h"

namespace nibble::offline {

struct Provenance {
  std::string name, license, source, source_sha256;  ///< SHA-256 over the weight files, hex
};

/// Everything the packer needs of a model. Tensors stay mapped from their files, so that memory
/// use does not grow with them.
struct SourceModel {
  std::string format;                            ///< as people call it: "GGUF file"
  const Architecture* architecture = nullptr;    ///< of the registry
  std::shared_ptr<const HyperParameters> shape;  ///< what architecture->read_config() read
  Vocabulary vocabulary;
  Provenance provenance;
  SourceTensors tensors;  ///< by the names that Hugging Face gives them

  Network compile(const SchemeChoice& scheme) const {
    return architecture->compile(*shape, tensors, scheme);
  }
  /// All matrices as IEEE halves: what quantized networks are compared with.
  Network compile_as_f16() const {
    return compile([](format::Role, uint16_t) { return Scheme{format::TensorType::F16, 0}; });
  }
};

}  // namespace nibble::offline
