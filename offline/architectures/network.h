// A network compiled for the runtime: which tensors to store, which buffers, which operations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "offline/formats/source_model.h"
#include "offline/quantize/quantized_matrix.h"
#include "offline/weights/weight_source.h"
#include "runtime/format/blob.h"

namespace nibble::offline {

/// A tensor to be stored: read from a source of weights, or computed here.
struct TensorPlan {
  std::string name;  ///< the source's name, or a made-up one for computed tensors
  format::Role role = format::Role::Embedding;
  uint16_t layer = format::kNoLayer;
  Scheme scheme;
  uint32_t rows = 0, columns = 0;
  Weights source;                    ///< of matrices and F32 vectors: [rows, columns]
  std::vector<uint64_t> increments;  ///< of a U64Vector
};

struct Network {
  std::vector<TensorPlan> tensors;
  std::vector<format::BufferRecord> buffers;  ///< placed: row offsets are final
  std::vector<format::OpRecord> ops;
};

/// The scheme for a matrix of this role and layer.
using SchemeChoice = std::function<Scheme(format::Role role, uint16_t layer)>;

/// Llama, and what only differs from it by biases, tied heads or rotary scaling.
/// Throws InputError where a tensor is missing, superfluous or of the wrong shape.
Network compile_llama(const SourceModel& model, const SchemeChoice& scheme);

}  // namespace nibble::offline
