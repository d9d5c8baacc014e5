// Walks a slice row by row and puts each element where its lane reads it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/tiles.h"

#include <cstring>

#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::kBlockRows;
using format::TensorType;

void write_int8_row(std::span<const int8_t> codes, uint32_t row_in_block, uint8_t* block) {
  for (uint32_t k = 0; k < codes.size(); ++k)
    block[format::int8_code_offset(row_in_block, k)] = static_cast<uint8_t>(codes[k]);
}

/// @param padding  the code that means 0
void write_int4_row(std::span<const int8_t> codes, uint8_t padding, uint32_t row_in_block,
                    uint8_t* block) {
  const uint32_t columns = static_cast<uint32_t>(codes.size());
  for (uint32_t k = 0; k < format::padded(columns); ++k) {
    const uint8_t code = k < columns ? static_cast<uint8_t>(codes[k]) : padding;
    block[format::int4_code_offset(row_in_block, k)] |=
        static_cast<uint8_t>(code << format::int4_code_shift(k));
  }
}

void write_half_row(std::span<const uint16_t> halves, uint8_t* block, uint32_t row_in_block) {
  for (size_t k = 0; k < halves.size(); ++k) {
    std::memcpy(block + (k * kBlockRows + row_in_block) * sizeof(uint16_t), &halves[k],
                sizeof(uint16_t));
  }
}

/// Where a tensor's planes start.
template <class Byte>
struct Planes {
  Planes(const format::TensorRecord& tensor, std::span<Byte> all) {
    const format::TensorBytes bytes = format::tensor_bytes(tensor);
    codes = all.data();
    scales = codes + bytes.codes.value();
    zeros = scales + bytes.scales.value();
  }
  Byte *codes, *scales, *zeros;
};

/// Where the scale of a row's group is among all scales, and its zero point among zero points.
size_t group_index(uint32_t row, uint32_t group, uint32_t groups) {
  return (size_t{row / kBlockRows} * groups + group) * kBlockRows + row % kBlockRows;
}

void write_group_parameters(const QuantizedMatrix& slice, uint32_t row, uint32_t stored_row,
                            const Planes<uint8_t>& planes) {
  const uint32_t groups = format::group_count(slice.columns, slice.scheme.group);
  for (uint32_t group = 0; group < groups; ++group) {
    const size_t from = size_t{row} * groups + group;
    const size_t to = group_index(stored_row, group, groups);
    std::memcpy(planes.scales + to * sizeof(uint16_t), &slice.scales[from], sizeof(uint16_t));
    if (!slice.zeros.empty()) planes.zeros[to] = slice.zeros[from];
  }
}

/// The code that means 0 in a row's last group, the only one with padding.
uint8_t padding_code(const QuantizedMatrix& slice, uint32_t row) {
  if (slice.scheme.type == TensorType::Int4) return 8;
  const uint32_t groups = format::group_count(slice.columns, slice.scheme.group);
  return slice.zeros[size_t{row} * groups + groups - 1];
}

/// One row's codes, as the block's lanes have them.
void read_row(TensorType type, const uint8_t* block, uint32_t row_in_block, QuantizedMatrix& matrix,
              size_t first) {
  for (uint32_t k = 0; k < matrix.columns; ++k) {
    if (type == TensorType::F16) {
      std::memcpy(&matrix.halves[first + k],
                  block + (size_t{k} * kBlockRows + row_in_block) * sizeof(uint16_t),
                  sizeof(uint16_t));
    } else if (type == TensorType::Int8) {
      matrix.codes[first + k] =
          static_cast<int8_t>(block[format::int8_code_offset(row_in_block, k)]);
    } else {
      matrix.codes[first + k] = static_cast<int8_t>(
          block[format::int4_code_offset(row_in_block, k)] >> format::int4_code_shift(k) & 15);
    }
  }
}

void read_group_parameters(const Planes<const uint8_t>& planes, uint32_t stored_row, uint32_t row,
                           QuantizedMatrix& matrix) {
  const uint32_t groups = format::group_count(matrix.columns, matrix.scheme.group);
  for (uint32_t group = 0; group < groups; ++group) {
    const size_t from = group_index(stored_row, group, groups), to = size_t{row} * groups + group;
    std::memcpy(&matrix.scales[to], planes.scales + from * sizeof(uint16_t), sizeof(uint16_t));
    if (!matrix.zeros.empty()) matrix.zeros[to] = planes.zeros[from];
  }
}

}  // namespace

QuantizedMatrix read_tiles(const format::TensorRecord& tensor, std::span<const uint8_t> bytes,
                           uint32_t first_row, uint32_t row_count) {
  QuantizedMatrix matrix({tensor.type, tensor.group}, row_count, tensor.columns);
  const Planes<const uint8_t> planes(tensor, bytes);
  const size_t block_bytes = format::block_code_bytes(tensor.type, tensor.columns);
  for (uint32_t row = 0; row < row_count; ++row) {
    const uint32_t stored_row = first_row + row;
    read_row(tensor.type, planes.codes + stored_row / kBlockRows * block_bytes,
             stored_row % kBlockRows, matrix, size_t{row} * tensor.columns);
    if (tensor.type != TensorType::F16) read_group_parameters(planes, stored_row, row, matrix);
  }
  return matrix;
}

void write_tiles(const QuantizedMatrix& slice, uint32_t first_row,
                 const format::TensorRecord& tensor, std::span<uint8_t> out) {
  const Planes<uint8_t> planes(tensor, out);
  const size_t block_bytes = format::block_code_bytes(tensor.type, tensor.columns);
  for (uint32_t row = 0; row < slice.rows; ++row) {
    const uint32_t stored_row = first_row + row, row_in_block = stored_row % kBlockRows;
    uint8_t* const block = planes.codes + stored_row / kBlockRows * block_bytes;
    const size_t first = size_t{row} * slice.columns;
    if (tensor.type == TensorType::F16) {
      write_half_row(std::span(slice.halves).subspan(first, slice.columns), block, row_in_block);
      continue;
    }
    const auto codes = std::span(slice.codes).subspan(first, slice.columns);
    if (tensor.type == TensorType::Int8) {
      write_int8_row(codes, row_in_block, block);
    } else {
      write_int4_row(codes, padding_code(slice, row), row_in_block, block);
    }
    write_group_parameters(slice, row, stored_row, planes);
  }
}

void write_vector(std::span<const float> values, std::span<uint8_t> out) {
  std::memcpy(out.data(), values.data(), values.size_bytes());
}

void write_vector(std::span<const uint64_t> values, std::span<uint8_t> out) {
  std::memcpy(out.data(), values.data(), values.size_bytes());
}

}  // namespace nibble::offline
