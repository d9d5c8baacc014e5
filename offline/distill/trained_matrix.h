// A quantized matrix in training: every weight's place on its group's grid, and the groups' scales.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

#include <span>
#include <vector>

#include "offline/distill/adam.h"
#include "offline/distill/op_functions.h"
#include "offline/distill/training_rates.h"
#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

/// The weight of a group with scale s is s · round(position), the scale rounded to IEEE half: what
/// the runtime will compute with. Zero points stay. With codes round(position) + zero point, the
/// gradient of a position is s times the weight's, as if nothing were rounded (straight-through
/// estimator); the gradient of log s is Σ (weight's gradient · weight), which is exact (learned
/// steps as in EfficientQAT, arXiv 2407.11062, section 3.3).
class TrainedMatrix {
 public:
  /// @param start  integers with scales, no F16
  /// @param exact  [rows, columns], what the codes were made of: a weight starts there as far as
  ///               its code allows; empty: weights start in the middle of their codes
  TrainedMatrix(const QuantizedMatrix& start, std::span<const float> exact);

  /// Writes the values that the codes stand for now.
  void simulate(Parameter<float>& parameter, const ParallelFor& parallel) const;
  /// Moves positions and scales against parameter.gradient, which is that of simulate()'s values.
  void update(const Parameter<float>& parameter, const AdamStep& step, const TrainingRates& rates,
              const ParallelFor& parallel);
  QuantizedMatrix quantized() const;

 private:
  /// Columns [begin, end) of one row.
  struct Group {
    size_t index;       ///< of its scale
    size_t begin, end;  ///< of its elements, in the whole matrix
    float least, most;  ///< codes, less the zero point
  };
  template <class Body>
  void for_groups(const ParallelFor& parallel, const Body& body) const;
  int zero_point(size_t group) const;
  void start_group(const Group& group, const QuantizedMatrix& start, std::span<const float> exact);
  void move_positions(const Group& group, float scale, const float* gradient, const AdamStep& step,
                      float rate);

  Scheme scheme_;
  uint32_t rows_, columns_;
  std::vector<uint8_t> zeros_;    // of Int4Zero
  std::vector<float> positions_;  // [rows, columns]
  std::vector<float> scales_;     // [rows, groups]
  AdamMoments position_moments_, scale_moments_;
};

}  // namespace nibble::offline
