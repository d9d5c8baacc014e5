// Copies rows of floats or codes, and multiplies codes out where floats are asked for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/weights/memory_weights.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "offline/files/half.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorType;

class HeldFloats final : public WeightSource {
 public:
  HeldFloats(uint32_t rows, uint32_t columns, std::vector<float> values)
      : WeightSource(rows, columns), values_(std::move(values)) {
    if (values_.size() != uint64_t{rows} * columns) {
      throw std::invalid_argument("held weights do not fit their shape");
    }
  }

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    const size_t first = size_t{first_row} * columns();
    std::ranges::copy(std::span(values_).subspan(first, out.size()), out.begin());
  }

  std::vector<float> values_;
};

class HeldCodes final : public WeightSource {
 public:
  explicit HeldCodes(QuantizedMatrix matrix)
      : WeightSource(matrix.rows, matrix.columns), matrix_(std::move(matrix)) {
    const QuantizedMatrix expected(matrix_.scheme, matrix_.rows, matrix_.columns);
    if (matrix_.halves.size() != expected.halves.size() ||
        matrix_.codes.size() != expected.codes.size() ||
        matrix_.scales.size() != expected.scales.size() ||
        matrix_.zeros.size() != expected.zeros.size()) {
      throw std::invalid_argument("held codes and scales do not fit their shape");
    }
  }

  std::optional<Scheme> stored_scheme() const override { return matrix_.scheme; }

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    const size_t first = size_t{first_row} * columns();
    for (size_t i = 0; i < out.size(); ++i) out[i] = value(first + i);
  }

  QuantizedMatrix read_codes(uint32_t first_row, uint32_t row_count) const override {
    QuantizedMatrix part(matrix_.scheme, row_count, columns());
    const auto copy = [&](const auto& from, auto& to) {
      if (rows() == 0 || from.empty()) return;
      const size_t per_row = from.size() / rows();
      std::ranges::copy(std::span(from).subspan(first_row * per_row, to.size()), to.begin());
    };
    copy(matrix_.halves, part.halves);
    copy(matrix_.codes, part.codes);
    copy(matrix_.scales, part.scales);
    copy(matrix_.zeros, part.zeros);
    return part;
  }

  float value(size_t element) const {
    if (matrix_.scheme.type == TensorType::F16) return float_from_half(matrix_.halves[element]);
    const size_t row = element / columns(), column = element % columns();
    const size_t groups = format::group_count(columns(), matrix_.scheme.group);
    const size_t group = row * groups + column / matrix_.scheme.group;
    const float scale = float_from_half(matrix_.scales[group]);
    return scale * static_cast<float>(matrix_.codes[element] - zero_point(group));
  }

  int zero_point(size_t group) const {
    if (matrix_.scheme.type == TensorType::Int4Zero) return matrix_.zeros[group];
    return matrix_.scheme.type == TensorType::Int4 ? 8 : 0;
  }

  QuantizedMatrix matrix_;
};

}  // namespace

Weights hold_floats(uint32_t rows, uint32_t columns, std::vector<float> values) {
  return std::make_shared<HeldFloats>(rows, columns, std::move(values));
}

Weights pick_elements(const Weights& vector, const std::vector<uint32_t>& order) {
  std::vector<float> values(vector->columns()), picked;
  vector->read_rows(0, values);
  picked.reserve(order.size());
  for (const uint32_t element : order) picked.push_back(values.at(element));
  const auto count = static_cast<uint32_t>(picked.size());
  return hold_floats(1, count, std::move(picked));
}

Weights hold_quantized(QuantizedMatrix matrix) {
  return std::make_shared<HeldCodes>(std::move(matrix));
}

}  // namespace nibble::offline
