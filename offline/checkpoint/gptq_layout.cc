// Transposes codes and packs them into 32-bit words.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/checkpoint/gptq_layout.h"

#include <stdexcept>

namespace nibble::offline {
namespace {

using format::TensorType;

/// Fields of `bits` bits in words, one after the other.
class Words {
 public:
  Words(std::vector<uint32_t>& words, uint32_t bits)
      : words_(words), bits_(bits), per_word_(32 / bits) {}

  /// Field `field` of every `stride`-th word, beginning with word `first`.
  void set(size_t first, size_t stride, uint32_t field, uint32_t value) {
    words_[first + field / per_word_ * stride] |= value << field % per_word_ * bits_;
  }

 private:
  std::vector<uint32_t>& words_;
  uint32_t bits_, per_word_;
};

uint32_t zero_point(const QuantizedMatrix& matrix, size_t group_of_row) {
  switch (matrix.scheme.type) {
    case TensorType::Int8:
      return 128;
    case TensorType::Int4:
      return 8;
    case TensorType::Int4Zero:
      return matrix.zeros[group_of_row];
    default:
      throw std::invalid_argument("gptq_module: the matrix has no codes");
  }
}

/// Codes are stored without a sign.
uint32_t stored_code(const QuantizedMatrix& matrix, size_t index) {
  const int bias = matrix.scheme.type == TensorType::Int8 ? 128 : 0;
  return static_cast<uint32_t>(matrix.codes[index] + bias);
}

void pack_codes(const QuantizedMatrix& matrix, GptqModule& module) {
  Words words(module.qweight, module.bits);
  for (uint32_t row = 0; row < matrix.rows; ++row) {
    for (uint32_t column = 0; column < matrix.columns; ++column) {
      const size_t index = size_t{row} * matrix.columns + column;
      words.set(row, matrix.rows, column, stored_code(matrix, index));
    }
  }
}

void pack_grids(const QuantizedMatrix& matrix, GptqFormat format, GptqModule& module) {
  const uint32_t bias = format == GptqFormat::Gptq ? 1 : 0;
  const size_t words_per_group = module.qzeros.size() / module.groups;
  Words words(module.qzeros, module.bits);
  for (uint32_t row = 0; row < matrix.rows; ++row) {
    for (uint32_t group = 0; group < module.groups; ++group) {
      const size_t index = size_t{row} * module.groups + group;
      words.set(group * words_per_group, 1, row, zero_point(matrix, index) - bias);
      module.scales[size_t{group} * matrix.rows + row] = matrix.scales[index];
    }
  }
}

}  // namespace

const char* gptq_format_name(GptqFormat format) {
  return format == GptqFormat::Gptq ? "gptq" : "gptq_v2";
}

GptqModule gptq_module(const QuantizedMatrix& matrix, GptqFormat format) {
  GptqModule module;
  module.bits = matrix.scheme.type == TensorType::Int8 ? 8 : 4;
  module.in = matrix.columns;
  module.out = matrix.rows;
  module.groups = (matrix.columns + matrix.scheme.group - 1) / matrix.scheme.group;
  const auto words = [&](uint32_t fields) {
    return size_t{fields / (32 / module.bits)} + (fields % (32 / module.bits) != 0);
  };
  module.qweight.resize(words(module.in) * module.out);
  module.qzeros.resize(words(module.out) * module.groups);
  module.scales.resize(size_t{module.groups} * module.out);
  for (uint32_t i = 0; i < module.in; ++i) module.g_idx.push_back(i / matrix.scheme.group);
  pack_codes(matrix, module);
  pack_grids(matrix, format, module);
  return module;
}

}  // namespace nibble::offline
