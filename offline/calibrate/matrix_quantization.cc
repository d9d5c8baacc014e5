// Slices of rows as tasks; sums over slices in their order.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/matrix_quantization.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "offline/files/input_error.h"
#include "offline/host/parallel.h"
#include "offline/weights/memory_weights.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kSliceRows = 16;

/// Calls task(slice, first row, row count) for slices of the rows.
void for_slices(uint32_t rows, uint32_t slice_rows, unsigned threads,
                const std::function<void(size_t, uint32_t, uint32_t)>& task) {
  run_tasks((rows + slice_rows - 1) / slice_rows,
            [&](size_t slice) {
              const uint32_t first = static_cast<uint32_t>(slice) * slice_rows;
              task(slice, first, std::min(slice_rows, rows - first));
            },
            [](size_t) {}, threads);
}

std::span<const float> rows_of(const FloatMatrix& matrix, uint32_t first, uint32_t count) {
  return std::span(matrix.values)
      .subspan(size_t{first} * matrix.columns, size_t{count} * matrix.columns);
}

/// @param subtract  what is taken from the weights before the error is measured; may be null
double error_of(const FloatMatrix& weights, const WeightSource* subtract,
                const InputStatistics& statistics, unsigned threads) {
  std::vector<double> parts((weights.rows + kSliceRows - 1) / kSliceRows);
  for_slices(weights.rows, kSliceRows, threads, [&](size_t slice, uint32_t first, uint32_t count) {
    const auto rows = rows_of(weights, first, count);
    std::vector<double> errors(rows.begin(), rows.end());
    if (subtract != nullptr) {
      std::vector<float> values(rows.size());
      subtract->read_rows(first, values);
      for (size_t i = 0; i < values.size(); ++i) errors[i] -= double{values[i]};
    }
    parts[slice] = output_error(errors, statistics.hessian, weights.columns);
  });
  return std::accumulate(parts.begin(), parts.end(), 0.0);
}

}  // namespace

FloatMatrix read_matrix(const WeightSource& source) {
  FloatMatrix matrix{source.rows(), source.columns(), {}};
  matrix.values.resize(size_t{matrix.rows} * matrix.columns);
  source.read_rows(0, matrix.values);
  return matrix;
}

QuantizedMatrix quantize_slices(
    const TensorPlan& plan, const FloatMatrix& weights, uint32_t slice_rows, unsigned threads,
    const std::function<QuantizedMatrix(std::span<const float>, uint32_t)>& quantize) {
  try {
    QuantizedMatrix result(plan.scheme, weights.rows, weights.columns);
    for_slices(weights.rows, slice_rows, threads, [&](size_t, uint32_t first, uint32_t count) {
      result.set_rows(first, quantize(rows_of(weights, first, count), first));
    });
    return result;
  } catch (const std::overflow_error& error) {
    throw InputError("tensor " + plan.name, error.what());
  }
}

MatrixResult quantize_matrix(const Quantizer& quantizer, const TensorPlan& plan,
                             const FloatMatrix& weights, const InputStatistics* statistics,
                             unsigned threads) {
  const std::unique_ptr<MatrixQuantizer> prepared =
      quantizer.prepare(plan.scheme, weights.columns, statistics);
  QuantizedMatrix matrix = quantize_slices(plan, weights, kSliceRows, threads,
                                           [&](std::span<const float> rows, uint32_t first_row) {
                                             return prepared->quantize(rows, first_row);
                                           });
  return {std::move(matrix), prepared->remark()};
}

double matrix_error(const FloatMatrix& weights, const QuantizedMatrix& quantized,
                    const InputStatistics& statistics, unsigned threads) {
  return error_of(weights, hold_quantized(quantized).get(), statistics, threads);
}

double output_energy(const FloatMatrix& weights, const InputStatistics& statistics,
                     unsigned threads) {
  return error_of(weights, nullptr, statistics, threads);
}

}  // namespace nibble::offline
