// A network as a model in this process's memory: verified and loaded like any blob, never a file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>

#include "offline/blob/blob_bytes.h"
#include "offline/blob/weights_section.h"
#include "offline/formats/source_model.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

/// Holds the model's blob with uncompressed weights, which the runtime uses in place: what
/// replace_matrix() writes is what the next op multiplies with.
class BuiltModel {
 public:
  /// @param source   the model that `network` was compiled from
  /// Throws InputError: whatever build_weights() or the runtime refuses.
  BuiltModel(const SourceModel& source, const Network& network, const Quantizer& quantizer);
  // Sessions and the loaded model point into it.
  BuiltModel(const BuiltModel&) = delete;
  BuiltModel& operator=(const BuiltModel&) = delete;

  const LoadedModel& loaded() const { return loaded_; }

  /// Stores another matrix in a tensor's place. No op may be running.
  /// @param tensor  index into the network's tensors
  /// @param matrix  all rows, in the tensor's scheme
  /// Throws std::invalid_argument for another shape or scheme.
  void replace_matrix(uint32_t tensor, const QuantizedMatrix& matrix);

 private:
  BlobBytes blob_;
  LoadedModel loaded_;
};

}  // namespace nibble::offline
