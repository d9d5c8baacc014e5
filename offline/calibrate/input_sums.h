// Sums over the inputs of matrices, taken while a model runs: what quantizers prepare with.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>

#include "offline/architectures/network.h"
#include "offline/calibrate/traced_session.h"
#include "offline/quantize/quantizer.h"

namespace nibble::offline {

/// What InputStatistics are to hold: Hessian takes columns² doubles per matrix.
enum class StatisticsDetail { Squares, Hessian };

/// Adds input rows [n, columns] to the sums, in order, in double precision.
void add_input_rows(std::span<const float> rows, uint32_t columns, StatisticsDetail detail,
                    InputStatistics& statistics);

/// Sums up the inputs of every matrix that a pass multiplies with.
class InputSums {
 public:
  /// @param network  that the traced model was built from; outlives this
  InputSums(const Network& network, StatisticsDetail detail) : network_(network), detail_(detail) {}

  /// To be called by a TracedSession's visitor; ops other than MatMul add nothing.
  void visit(const TracedSession& session, const format::OpRecord& op);
  const StatisticsByTensor& statistics() const { return statistics_; }

 private:
  const Network& network_;
  StatisticsDetail detail_;
  StatisticsByTensor statistics_;
};

}  // namespace nibble::offline
