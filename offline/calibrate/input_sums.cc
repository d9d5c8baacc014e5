// Accumulates XᵀX one row of the sum at a time, so that the row being added to stays in the cache.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/input_sums.h"

#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

/// Adds to the upper triangle and mirrors it: products of floats are exact in double, so both
/// halves are equal bit by bit.
void add_products(std::span<const float> rows, uint32_t columns, std::vector<double>& hessian) {
  for (uint32_t i = 0; i < columns; ++i) {
    double* const sums = hessian.data() + size_t{i} * columns;
    for (size_t row = 0; row < rows.size(); row += columns) {
      const double x = rows[row + i];
      for (uint32_t j = i; j < columns; ++j) sums[j] += x * double{rows[row + j]};
    }
    for (uint32_t j = i + 1; j < columns; ++j) hessian[size_t{j} * columns + i] = sums[j];
  }
}

}  // namespace

void add_input_rows(std::span<const float> rows, uint32_t columns, StatisticsDetail detail,
                    InputStatistics& statistics) {
  statistics.rows += rows.size() / columns;
  statistics.squares.resize(columns);
  for (size_t i = 0; i < rows.size(); ++i) {
    statistics.squares[i % columns] += double{rows[i]} * double{rows[i]};
  }
  if (detail == StatisticsDetail::Squares) return;
  statistics.hessian.resize(size_t{columns} * columns);
  add_products(rows, columns, statistics.hessian);
}

void InputSums::visit(const TracedSession& session, const format::OpRecord& op) {
  if (op.code != format::OpCode::MatMul) return;
  const TensorPlan& weights = network_.tensors[op.tensor[0]];
  add_input_rows(session.read_buffer(op.input[0]), weights.columns, detail_,
                 statistics_[weights.name]);
}

}  // namespace nibble::offline
