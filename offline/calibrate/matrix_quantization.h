// One matrix quantized on all threads, and what that costs at its output.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "offline/architectures/network.h"
#include "offline/quantize/quantizer.h"

namespace nibble::offline {

/// A matrix of floats [rows, columns].
struct FloatMatrix {
  uint32_t rows = 0, columns = 0;
  std::vector<float> values;
};
FloatMatrix read_matrix(const WeightSource& source);

struct MatrixResult {
  QuantizedMatrix matrix;
  std::string remark;  ///< MatrixQuantizer::remark()
};

/// All rows of a matrix quantized in slices, on several threads.
/// @param quantize  called with the weights of a slice and its first row
/// Throws InputError, naming the tensor, for weights that its scheme cannot hold.
QuantizedMatrix quantize_slices(
    const TensorPlan& plan, const FloatMatrix& weights, uint32_t slice_rows, unsigned threads,
    const std::function<QuantizedMatrix(std::span<const float>, uint32_t)>& quantize);

/// @param statistics  of the inputs; null without calibration
/// Throws as quantize_slices() does.
MatrixResult quantize_matrix(const Quantizer& quantizer, const TensorPlan& plan,
                             const FloatMatrix& weights, const InputStatistics* statistics,
                             unsigned threads);

/// Σ |(W − Q)·x|² over the inputs of the statistics, which have a Hessian.
double matrix_error(const FloatMatrix& weights, const QuantizedMatrix& quantized,
                    const InputStatistics& statistics, unsigned threads);
/// Σ |W·x|².
double output_energy(const FloatMatrix& weights, const InputStatistics& statistics,
                     unsigned threads);

}  // namespace nibble::offline
