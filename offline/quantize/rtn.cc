// Round to nearest: each group's scale from its largest weight, each code the nearest there is.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "offline/files/half.h"
#include "offline/quantize/quantizer.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorType;

/// A group's scale as stored. Codes are computed with it, not with the exact scale: what the
/// runtime multiplies with is what rounding errors are measured against.
struct Scale {
  uint16_t stored = 0;
  float value = 0;
};

Scale round_scale(float exact) {
  const uint16_t stored = half_from_float(exact);
  const float value = float_from_half(stored);
  if (std::isinf(value)) {
    throw std::overflow_error("weights so large that their scale, " + std::to_string(exact) +
                              ", does not fit IEEE half");
  }
  if (value == 0) return {};  // not −0: one way to write an all-zero group
  return {stored, value};
}

/// The integer nearest to x / scale, ties to even, within [least, most].
int nearest(float x, float scale, int least, int most) {
  const float rounded = std::nearbyint(x / scale);
  return static_cast<int>(std::clamp(rounded, static_cast<float>(least), static_cast<float>(most)));
}

float largest_magnitude(std::span<const float> group) {
  return *std::max_element(group.begin(), group.end(),
                           [](float a, float b) { return std::fabs(a) < std::fabs(b); });
}

Scale quantize_int8(std::span<const float> group, int8_t* codes) {
  const Scale scale = round_scale(std::fabs(largest_magnitude(group)) / 127);
  if (scale.value == 0) return scale;  // codes are 0 already
  for (const float x : group) *codes++ = static_cast<int8_t>(nearest(x, scale.value, -127, 127));
  return scale;
}

/// The largest weight becomes −8, so the scale has the opposite sign: all 16 codes are used.
Scale quantize_int4(std::span<const float> group, int8_t* codes) {
  const Scale scale = round_scale(largest_magnitude(group) / -8);
  for (const float x : group) {
    const int q = scale.value == 0 ? 0 : nearest(x, scale.value, -8, 7);
    *codes++ = static_cast<int8_t>(q + 8);
  }
  return scale;
}

/// The range always holds 0, so that the zero point is a code.
Scale quantize_int4_zero(std::span<const float> group, int8_t* codes, uint8_t& zero) {
  const auto [least, most] = std::minmax_element(group.begin(), group.end());
  const float low = std::min(*least, 0.0f), high = std::max(*most, 0.0f);
  // Divided first: the difference of two finite floats may overflow.
  const Scale scale = round_scale(high / 15 - low / 15);
  zero = scale.value == 0 ? 0 : static_cast<uint8_t>(nearest(-low, scale.value, 0, 15));
  for (const float x : group) {
    const int q = scale.value == 0 ? 0 : nearest(x, scale.value, -zero, 15 - zero);
    *codes++ = static_cast<int8_t>(q + zero);
  }
  return scale;
}

class RoundToNearest final : public Quantizer {
 public:
  std::string name() const override { return "round to nearest"; }

  QuantizedMatrix quantize(std::span<const float> weights, uint32_t rows, uint32_t columns,
                           const Scheme& scheme, const InputStatistics&) const override {
    QuantizedMatrix matrix{scheme, rows, columns, {}, {}, {}, {}};
    allocate(matrix);
    for (uint32_t row = 0; row < rows; ++row) {
      try {
        quantize_row(weights.subspan(size_t{row} * columns, columns), row, matrix);
      } catch (const std::overflow_error& error) {
        throw std::overflow_error("row " + std::to_string(row) + " has " + error.what());
      }
    }
    return matrix;
  }

 private:
  static void allocate(QuantizedMatrix& matrix) {
    const size_t elements = size_t{matrix.rows} * matrix.columns;
    if (matrix.scheme.type == TensorType::F16) return matrix.halves.resize(elements);
    const size_t groups =
        size_t{matrix.rows} * format::group_count(matrix.columns, matrix.scheme.group);
    matrix.codes.resize(elements);
    matrix.scales.resize(groups);
    if (matrix.scheme.type == TensorType::Int4Zero) matrix.zeros.resize(groups);
  }

  static void round_row(std::span<const float> weights, uint16_t* halves) {
    for (const float x : weights) {
      *halves = half_from_float(x);
      if ((*halves++ & 0x7FFF) == 0x7C00) {
        throw std::overflow_error("the weight " + std::to_string(x) +
                                  ", which does not fit IEEE half");
      }
    }
  }

  static void quantize_row(std::span<const float> weights, uint32_t row, QuantizedMatrix& matrix) {
    const size_t first = size_t{row} * matrix.columns;
    if (matrix.scheme.type == TensorType::F16) {
      return round_row(weights, matrix.halves.data() + first);
    }
    const uint32_t groups = format::group_count(matrix.columns, matrix.scheme.group);
    for (uint32_t group = 0; group < groups; ++group) {
      const uint32_t begin = group * matrix.scheme.group;
      const uint32_t count = std::min(matrix.scheme.group, matrix.columns - begin);
      const size_t index = size_t{row} * groups + group;
      matrix.scales[index] = quantize_group(weights.subspan(begin, count),
                                            matrix.codes.data() + first + begin, index, matrix)
                                 .stored;
    }
  }

  static Scale quantize_group(std::span<const float> weights, int8_t* codes, size_t index,
                              QuantizedMatrix& matrix) {
    switch (matrix.scheme.type) {
      case TensorType::Int8:
        return quantize_int8(weights, codes);
      case TensorType::Int4:
        return quantize_int4(weights, codes);
      case TensorType::Int4Zero:
        return quantize_int4_zero(weights, codes, matrix.zeros[index]);
      default:
        throw std::logic_error("not a type that weights are quantized to");
    }
  }
};

}  // namespace

std::unique_ptr<Quantizer> make_round_to_nearest() {
  return std::make_unique<RoundToNearest>();
}

}  // namespace nibble::offline
