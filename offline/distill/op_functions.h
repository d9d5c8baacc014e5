// What training knows of each operation: how floats go through it, and how gradients come back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>
#include <nibble/tokenizer.h>

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/format/ops.h"

namespace nibble::offline {

// All of it is a template over the type of number: training runs in float, and tests compare its
// gradients with finite differences in double.

/// Activations [rows, width], or their gradients.
template <class Real>
struct Rows {
  Rows() = default;
  Rows(uint32_t row_count, uint32_t row_width)
      : rows(row_count), width(row_width), values(size_t{row_count} * row_width) {}

  uint32_t rows = 0, width = 0;
  std::vector<Real> values;

  Real* row(uint32_t index) { return values.data() + size_t{index} * width; }
  const Real* row(uint32_t index) const { return values.data() + size_t{index} * width; }
};

/// A tensor of a network, as the passes multiply with it.
template <class Real>
struct Parameter {
  uint32_t rows = 0, columns = 0;
  std::vector<Real> values;    ///< [rows, columns]
  std::vector<Real> gradient;  ///< The same shape; backward passes add to it. Empty: not wanted.
  std::vector<uint64_t> increments;  ///< Of a U64Vector, which has no values.
};

/// The rows of a pass: several texts of one length, each at positions 0, 1, …, one after the other.
struct PassShape {
  uint32_t sequences = 0, sequence_tokens = 0;
  uint32_t heads = 0, kv_heads = 0, head_dimension = 0;
  bool cache_of_halves = false;  ///< Keys and values are rounded as an F16 cache rounds them.

  uint32_t rows() const { return sequences * sequence_tokens; }
};

/// Keys and values [rows, kv_heads · head_dimension] of one layer.
template <class Real>
struct LayerCache {
  Rows<Real> keys, values;
  format::CacheShape shape = {};  ///< What append_kv stored; it sets this.
};

/// An operation's operands in a pass; absent ones are null. Every row is a token's and a logit's.
template <class Real>
struct OpOperands {
  const format::OpRecord& op;
  const PassShape& shape;
  const ParallelFor& parallel;
  std::span<const Token> tokens;  ///< [rows]

  Parameter<Real>* tensor[2] = {};
  const Rows<Real>* input[2] = {};
  Rows<Real>* output = nullptr;  ///< In forward passes only.
  uint16_t output_group = 0;     ///< Of an Int8 buffer: its values are rounded; else 0.
  LayerCache<Real>* cache = nullptr;

  // In backward passes only. A function adds to its inputs' gradients; the output's gradient it
  // reads, and turns into that of the old contents where the operation works in place.
  Rows<Real>* input_gradient[2] = {};
  Rows<Real>* output_gradient = nullptr;
  LayerCache<Real>* cache_gradient = nullptr;
};

template <class Real>
struct OpFunctions {
  void (*forward)(const OpOperands<Real>&) = nullptr;
  void (*backward)(const OpOperands<Real>&) = nullptr;
  bool reads_input[2] = {false, false};  ///< Whether backward() reads that input's values.
};

/// @pre code < OpCode::Count
template <class Real>
const OpFunctions<Real>& functions_of(format::OpCode code);

/// The functions of each operation, in files by theme. A further operation is one of these, and its
/// line in functions_of().
template <class Real>
OpFunctions<Real> embed_functions();
template <class Real>
OpFunctions<Real> matmul_functions();
template <class Real>
OpFunctions<Real> rms_norm_functions();
template <class Real>
OpFunctions<Real> layer_norm_functions();
template <class Real>
OpFunctions<Real> quantize_functions();
template <class Real>
OpFunctions<Real> rotary_table_functions();
template <class Real>
OpFunctions<Real> rotate_functions();
template <class Real>
OpFunctions<Real> append_kv_functions();
template <class Real>
OpFunctions<Real> attend_functions();
template <class Real>
OpFunctions<Real> gated_activation_functions();
template <class Real>
OpFunctions<Real> add_functions();
template <class Real>
OpFunctions<Real> gather_rows_functions();

}  // namespace nibble::offline
