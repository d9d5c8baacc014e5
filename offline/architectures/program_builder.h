// What every architecture's page is written with: tensors found and checked, operations appended as
// typed calls.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "offline/architectures/checked_tensors.h"
#include "offline/architectures/hyper_parameters.h"
#include "offline/architectures/network_writer.h"

namespace nibble::offline {

/// Whether the operation that makes an activation can also write it as Int8.
enum class Fusion { Allowed, Forbidden };

/// A product of matrix and activation, a bias added where there is one.
struct Projection {
  std::string output;  ///< names the buffer
  TensorId weights = TensorId::None;
  TensorId bias = TensorId::None;
};

/// An activation that is not made yet: its format is known once its consumers are.
struct Producer {
  std::string name;  ///< of the buffers that hold the activation
  format::BufferRows rows = format::BufferRows::Token;
  Fusion fusion = Fusion::Forbidden;
  std::function<void(BufferId)> emit;   ///< appends the operation that writes this buffer
  std::vector<TensorId> scaled_by;      ///< as ScaleEdge::producers
  std::vector<uint32_t> row_of_column;  ///< as in ScaleEdge
  BufferId made = BufferId::None;       ///< The buffer that has it already, in place of emit().
};

/// Builds a Network tensor by tensor and operation by operation. Tensors and operations belong to
/// the layer that start_layer() named last.
class ProgramBuilder {
 public:
  /// All arguments outlive the builder.
  ProgramBuilder(const HyperParameters& shape, const SourceTensors& tensors,
                 const SchemeChoice& scheme)
      : sources_(tensors), shape_(shape), scheme_(scheme) {}

  /// The source's tensors, for those that adapters change before they become a matrix or vector.
  CheckedTensors& sources() { return sources_; }

  void start_layer(uint32_t layer) { writer_.set_layer(static_cast<uint16_t>(layer)); }
  void end_layers() { writer_.set_layer(format::kNoLayer); }

  /// The source's tensor of this name. Throws InputError when there is none of this shape.
  TensorId matrix(const std::string& name, format::Role role, uint32_t rows, uint32_t columns) {
    return matrix(name, role, sources_.take(name, {rows, columns}));
  }
  /// A matrix that adapters made of the source's tensors, such as one part of a fused matrix.
  TensorId matrix(const std::string& name, format::Role role, Weights weights);
  TensorId vector(const std::string& name, format::Role role, uint32_t columns) {
    return vector(name, role, sources_.take(name, {columns}));
  }
  TensorId vector(const std::string& name, format::Role role, Weights weights);
  TensorId increments(const std::string& name, std::vector<uint64_t> values);
  /// A table of learned positions. Each number is read once for a token, so it is stored as F16.
  TensorId positions(const std::string& name, Weights weights);

  /// @param name  of the buffer  @param scale  of what the embedding holds
  BufferId embed(const std::string& name, TensorId embedding, float scale);
  void add_positions(BufferId sum, TensorId table);
  BufferId rotary_table(const std::string& name, TensorId increments);
  Producer rms_norm(BufferId input, TensorId gain, float epsilon);
  /// @param bias  None: there is none
  Producer layer_norm(BufferId input, TensorId gain, TensorId bias, float epsilon);
  /// An RMS norm of each run of `segment` columns, in place.
  void normalize_segments(BufferId values, TensorId gain, float epsilon, uint32_t segment);
  void rotate(BufferId values, BufferId table, uint32_t heads);
  /// @param window  positions that attend() sees, the row's own included; 0 = all up to its own
  void append_kv(BufferId keys, BufferId values, uint32_t window);
  /// Attention over the layer's cache. @param scale  of the products of queries and keys
  /// @param cap  that scores stay below; 0 = none
  Producer attend(BufferId queries, double scale, float cap);
  /// @param up  None: the activation alone
  Producer gated_activation(BufferId gate, BufferId up, format::Activation activation);
  /// What a buffer holds, as an activation to be multiplied.
  Producer contents(BufferId buffer);
  void add(BufferId sum, BufferId addend);
  /// The rows whose logits are wanted.
  BufferId gather_rows(BufferId input);
  /// Several products of one activation. @returns their buffers
  std::vector<BufferId> project(const Producer& producer,
                                const std::vector<Projection>& projections);
  /// A product added to what `sum` holds: the residual connection.
  void project_onto(BufferId sum, const Producer& producer, TensorId weights,
                    TensorId bias = TensorId::None);
  /// The product that is the program's result. @param cap  that logits stay below; 0 = none
  void logits(const Producer& producer, TensorId head, TensorId bias, float cap);

  /// Plans the buffers. Throws InputError for tensors of the source that nothing asked for.
  Network finish();

 private:
  void emit(format::OpCode code, BufferId output, const Operands& operands,
            Accumulate accumulate = Accumulate::No);
  void matmul(BufferId output, BufferId input, TensorId weights, TensorId bias,
              Accumulate accumulate = Accumulate::No);
  /// Makes an activation once, and hands it to each consumer in the format which that consumer
  /// multiplies. @returns the buffer for each consumer
  std::vector<BufferId> activations(const Producer& producer, std::span<const TensorId> consumers);
  void add_scale_edge(const Producer& producer, std::span<const TensorId> consumers);
  ActivationFormat format_for(TensorId weights) const;

  CheckedTensors sources_;
  const HyperParameters& shape_;
  const SchemeChoice& scheme_;
  NetworkWriter writer_;
  std::map<BufferId, std::vector<TensorId>> made_by_;  // buffers that one product made
  std::vector<TensorId> values_made_by_;               // the layer's values in the cache
  std::set<TensorId> embeddings_;
};

}  // namespace nibble::offline
