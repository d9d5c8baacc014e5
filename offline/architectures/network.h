// A network compiled for the runtime: which tensors to store, which buffers, which operations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

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

/// The tensors that make one activation, and all matrices that multiply it. Where column i of every
/// consumer is multiplied by a factor, and what makes element i of the activation is divided by it,
/// the network computes the same: a quantizer may choose the factors so that columns which matter
/// lose less (AWQ). fold_scales() does both.
struct ScaleEdge {
  /// Tensors: element i of the activation is proportional to element `row_of_column[i]` of each
  /// vector (a norm's gain, a bias), and to row `row_of_column[i]` of each matrix.
  std::vector<uint16_t> producers;
  /// Tensors: matrices with one column per element. Nothing else reads the activation, and no
  /// consumer is used elsewhere as well, as a tied embedding is.
  std::vector<uint16_t> consumers;
  /// Several columns share a row where query heads share a value head; their factors must be the
  /// same.
  std::vector<uint32_t> row_of_column;
};

struct Network {
  std::vector<TensorPlan> tensors;
  std::vector<format::BufferRecord> buffers;  ///< placed: row offsets are final
  std::vector<format::OpRecord> ops;
  std::vector<ScaleEdge> scale_edges;  ///< in the order of the ops
};

/// Wraps the sources of the edge's tensors so that factors[row] multiplies the consumers' columns
/// and divides the producers' row.
/// @param factors  not 0; one per row of the producers
/// Throws std::invalid_argument when there are more or fewer.
void fold_scales(Network& network, const ScaleEdge& edge, const std::vector<float>& factors);

/// The scheme for a matrix of this role and layer.
using SchemeChoice = std::function<Scheme(format::Role role, uint16_t layer)>;

}  // namespace nibble::offline
