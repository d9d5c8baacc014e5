// Finds scale, minimum and codes of each 32 weights, and writes them as ggml-common.h lays out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/block_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "offline/files/half.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorType;

constexpr uint32_t kGroup = kGgufGroup;

/// One block: value = scale · code + minimum; codes from 0 to 15, or signed bytes.
struct Block {
  uint16_t scale = 0, minimum = 0;  ///< IEEE halves
  int8_t codes[kGroup] = {};
};

class BlockWriter {
 public:
  BlockWriter(const BlockType& type, size_t rows, size_t columns) : type_(type) {
    bytes_.reserve(rows * columns / type.elements * type.bytes);
  }

  template <class T>
  void put(T value) {
    const auto* const first = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), first, first + sizeof value);
  }
  void put(const Block& block) {
    put(block.scale);
    if (type_.id == kGgufQ4_1) put(block.minimum);
    if (type_.id == kGgufQ8_0) {
      for (const int8_t code : block.codes) put(code);
      return;
    }
    for (uint32_t i = 0; i < kGroup / 2; ++i) {
      put(static_cast<uint8_t>(block.codes[i] | block.codes[i + kGroup / 2] << 4));
    }
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  const BlockType& type_;
  std::vector<std::byte> bytes_;
};

int zero_point(const QuantizedMatrix& matrix, size_t group) {
  if (matrix.scheme.type == TensorType::Int4Zero) return matrix.zeros[group];
  return matrix.scheme.type == TensorType::Int4 ? 8 : 0;
}

/// The minimum that stands for a zero point: -scale · zero, and whether a half holds it.
float minimum_of(uint16_t scale, int zero) {
  return float_from_half(scale) * static_cast<float>(-zero);
}

bool is_half(float value) {
  return float_from_half(half_from_float(value)) == value;
}

/// Codes as they are: Q8_0 counts from the zero point, Q4_1 has its value as minimum.
Block stored_block(const QuantizedMatrix& matrix, size_t first, size_t group, uint32_t type) {
  const int zero = zero_point(matrix, group);
  Block block;
  block.scale = matrix.scales[group];
  block.minimum = half_from_float(minimum_of(block.scale, zero));
  const int shift = type == kGgufQ8_0 ? zero : 0;
  for (uint32_t i = 0; i < kGroup; ++i) {
    block.codes[i] = static_cast<int8_t>(matrix.codes[first + i] - shift);
  }
  return block;
}

std::vector<std::byte> encode_stored(const WeightSource& source, const BlockType& type,
                                     uint32_t first_row, uint32_t row_count) {
  const QuantizedMatrix matrix = source.read_stored(first_row, row_count);
  const size_t groups = format::group_count(matrix.columns, matrix.scheme.group);
  BlockWriter writer(type, row_count, matrix.columns);
  for (size_t row = 0; row < row_count; ++row) {
    for (size_t column = 0; column < matrix.columns; column += kGroup) {
      writer.put(stored_block(matrix, row * matrix.columns + column,
                              row * groups + column / matrix.scheme.group, type.id));
    }
  }
  return writer.take();
}

Block rounded_block(std::span<const float> values, TensorType scheme, uint32_t row) {
  const Grid grid = fit_grid(scheme, values, row);
  Block block{grid.stored_scale, 0, {}};
  std::ranges::transform(values, block.codes, [&](float value) { return grid.code(value); });
  return block;
}

/// From the least value to the largest in fifteen steps, both ends rounded to halves first.
Block ranged_block(std::span<const float> values, uint32_t row) {
  const auto [least, most] = std::ranges::minmax(values);
  Block block{round_to_half((most - least) / 15, row), round_to_half(least, row), {}};
  const float scale = float_from_half(block.scale), minimum = float_from_half(block.minimum);
  std::ranges::transform(values, block.codes, [&](float value) {
    const float steps = scale == 0 ? 0 : std::nearbyint((value - minimum) / scale);
    return static_cast<int8_t>(std::clamp(steps, 0.0f, 15.0f));
  });
  return block;
}

std::vector<std::byte> encode_values(const WeightSource& source, const BlockType& type,
                                     uint32_t first_row, uint32_t row_count) {
  const uint32_t columns = source.columns();
  std::vector<float> values(size_t{row_count} * columns);
  source.read_rows(first_row, values);
  BlockWriter writer(type, row_count, columns);
  for (size_t at = 0; at < values.size(); at += type.elements) {
    const auto row = static_cast<uint32_t>(first_row + at / columns);
    const auto group = std::span(values).subspan(at, type.elements);
    if (type.id == kGgufF32) writer.put(group[0]);
    if (type.id == kGgufF16) writer.put(round_to_half(group[0], row));
    if (type.id == kGgufQ8_0) writer.put(rounded_block(group, TensorType::Int8, row));
    if (type.id == kGgufQ4_0) writer.put(rounded_block(group, TensorType::Int4, row));
    if (type.id == kGgufQ4_1) writer.put(ranged_block(group, row));
  }
  return writer.take();
}

bool is_integer(const std::optional<Scheme>& scheme) {
  return scheme && format::is_quantized(scheme->type);
}

/// Whether blocks of this type hold codes of this scheme.
bool keeps_codes(const std::optional<Scheme>& stored, uint32_t type) {
  if (!is_integer(stored)) return false;
  if (type == kGgufQ8_0) return true;
  if (type == kGgufQ4_0) return stored->type == TensorType::Int4;
  return type == kGgufQ4_1 && stored->type != TensorType::Int8;
}

bool every_minimum_is_half(const WeightSource& source) {
  for (uint32_t row = 0; row < source.rows(); ++row) {
    const QuantizedMatrix matrix = source.read_stored(row, 1);
    for (size_t group = 0; group < matrix.scales.size(); ++group) {
      if (!is_half(minimum_of(matrix.scales[group], zero_point(matrix, group)))) return false;
    }
  }
  return true;
}

bool every_value_is_half(const WeightSource& source) {
  std::vector<float> row(source.columns());
  for (uint32_t i = 0; i < source.rows(); ++i) {
    source.read_rows(i, row);
    if (!std::ranges::all_of(row, is_half)) return false;
  }
  return true;
}

uint32_t exact_type(const WeightSource& source) {
  const std::optional<Scheme> stored = source.stored_scheme();
  if (!is_integer(stored)) return every_value_is_half(source) ? kGgufF16 : kGgufF32;
  if (stored->type == TensorType::Int4) return kGgufQ4_0;
  if (stored->type == TensorType::Int4Zero && every_minimum_is_half(source)) return kGgufQ4_1;
  return kGgufQ8_0;
}

uint32_t wanted_type(const WeightSource& source, ExportType type) {
  switch (type) {
    case ExportType::Auto:
      return exact_type(source);
    case ExportType::F32:
      return kGgufF32;
    case ExportType::F16:
      return kGgufF16;
    case ExportType::Q8_0:
      return kGgufQ8_0;
    case ExportType::Q4_0:
      return kGgufQ4_0;
    case ExportType::Q4_1:
      return kGgufQ4_1;
  }
  return kGgufF32;
}

bool holds_exactly(const WeightSource& source, uint32_t type) {
  if (type == kGgufF32) return true;
  if (type == kGgufF16) return every_value_is_half(source);
  if (!keeps_codes(source.stored_scheme(), type)) return false;
  return type != kGgufQ4_1 || every_minimum_is_half(source);
}

}  // namespace

BlockChoice choose_blocks(const WeightSource& source, ExportType type) {
  uint32_t wanted = wanted_type(source, type);
  const bool is_ragged = source.columns() % find_block_type(wanted)->elements != 0;
  if (is_ragged) wanted = type == ExportType::Auto ? kGgufF32 : kGgufF16;
  return {find_block_type(wanted), holds_exactly(source, wanted)};
}

std::vector<std::byte> encode_rows(const WeightSource& source, const BlockType& type,
                                   uint32_t first_row, uint32_t row_count) {
  return keeps_codes(source.stored_scheme(), type.id)
             ? encode_stored(source, type, first_row, row_count)
             : encode_values(source, type, first_row, row_count);
}

}  // namespace nibble::offline
