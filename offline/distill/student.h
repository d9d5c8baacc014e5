// A quantized network in training: what its passes multiply with, and what each step moves.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>
#include <span>
#include <vector>

#include "offline/architectures/network.h"
#include "offline/distill/op_range.h"
#include "offline/distill/trained_matrix.h"
#include "offline/formats/source_model.h"

namespace nibble::offline {

/// Passes over texts of one length, for a model of this shape, with the cache that sessions use
/// by default.
PassShape pass_shape(const HyperParameters& shape, uint32_t sequences, uint32_t sequence_tokens);

/// A network's tensors as its blob would hold them: weights of F16 matrices rounded to half, those
/// of the others what their codes stand for. Matrices that are no codes yet are rounded to nearest.
/// @param tensors  to be read; the others are left empty
std::vector<Parameter<float>> read_parameters(const Network& network, const IndexSet& tensors);

/// Norm gains, biases and matrices of integers train; F16 matrices stay as they are.
class Student {
 public:
  /// @param start    matrices are codes and scales, or floats, which are rounded to nearest first
  /// @param teacher  the same network in F16: its weights are where those of `start` came from
  /// @param read     the tensors that passes multiply with
  /// @param trained  those of them that are to train, as far as they can
  Student(const Network& start, const Network& teacher, const IndexSet& read,
          const IndexSet& trained, const ParallelFor& parallel);

  /// One for each tensor of the network; those in training are as simulate() left them.
  std::span<Parameter<float>> parameters() { return parameters_; }

  /// Writes what the codes stand for into the parameters.
  void simulate();
  void clear_gradients();
  void update(const AdamStep& step, const TrainingRates& rates);

  /// Makes the network store what was trained.
  void store_in(Network& network) const;

 private:
  void update_vector(uint16_t tensor, const AdamStep& step, float rate);

  ParallelFor parallel_;
  std::vector<Parameter<float>> parameters_;
  std::map<uint16_t, TrainedMatrix> matrices_;
  std::map<uint16_t, AdamMoments> vectors_;
};

}  // namespace nibble::offline
