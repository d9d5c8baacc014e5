// The table of kernels a program runs on: one entry an operation, one table a CPU feature set.
// docs/NUMERICS.md fixes every result to the bit; all tables give the same bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "runtime/format/blob.h"
#include "runtime/format/layout.h"

namespace nibble {

// Every kernel works on tiles [first, last) of one operation; tiles are independent. Widths are
// padded to 32 with zeros, rows of buffers are 64-byte aligned, and nothing is written outside the
// tile's own output, so there are no tails. Arguments were verified: kernels check nothing.
// Strides are bytes from one row to the next.

/// Rows of floats [rows, padded width].
struct FloatRows {
  float* data;
  size_t stride_bytes;
};

/// Rows of quantized activations: codes, then group scales, then group sums (format/layout.h).
struct QuantizedRows {
  uint8_t* data;
  size_t stride_bytes;
  uint32_t scales_offset_bytes;  ///< float[groups], from the row's start
  uint32_t sums_offset_bytes;    ///< int32_t[groups]
  uint32_t group;
};

/// A weight matrix [rows, k] in blocks of 32 rows.
struct Matrix {
  const uint8_t* codes;
  const uint16_t* scales;  ///< IEEE half [block][group][32]
  const uint8_t* zeros;    ///< [block][group][32], Int4Zero only
  uint32_t k;              ///< padded to 32
  uint32_t group;          ///< 0 for F16
  format::TensorType type;
};

/// Of rms_norm and layer_norm: out = (x − mean) · gain / sqrt(mean((x − mean)²) + epsilon) + bias
/// of each segment of a row; an RMS norm has no mean and no bias. Tiles: rows. Exactly one output
/// has data, and `out` may be `in`.
struct NormArguments {
  FloatRows in;
  const float* gain;  ///< [width padded to 32]
  const float* bias;  ///< The same, or null.
  uint32_t width;     ///< logical
  uint32_t segment;   ///< What the means divide by: `width`, or a multiple of 8 that divides it.
  uint32_t epsilon_bits;  ///< IEEE single
  FloatRows out;
  QuantizedRows quantized_out;  ///< Only where segment = width.
};

/// Symmetric INT8 with one scale a group: scale = amax / 127. Tiles: rows.
struct QuantizeArguments {
  FloatRows in;
  uint32_t width;
  QuantizedRows out;
};

/// out [count, rows] = in [count, k] · weightsᵀ (+ bias) (+ out). Tiles: blocks of 32 weight rows;
/// each tile does all `count` input rows.
struct MatMulArguments {
  Matrix weights;
  FloatRows in;                ///< F16 weights
  QuantizedRows quantized_in;  ///< integer weights
  uint32_t count;              ///< input rows, at least 1
  bool in_streams;             ///< One input row walks several blocks in turn, if the set can.
  const float* bias;           ///< [rows padded to 32] or null
  bool accumulate;
  FloatRows out;
};

/// One layer of one sequence's cache; planes as format/layout.h says.
struct KvCache {
  uint8_t* keys;                  ///< [kv_heads] planes
  uint8_t* values;                ///< [kv_heads] planes
  uint32_t key_position_bytes;    ///< A plane has padded_positions times as many.
  uint32_t value_position_bytes;  ///< The same of a value plane.
  uint32_t padded_positions;      ///< Position p is kept at p modulo these.
  uint32_t window;                ///< Positions that a row sees; 0 = all up to its own.
  uint32_t kv_heads;
  uint32_t head_dimension;
  format::KvType type;
};

/// Where one row of a pass belongs: its sequence's cache and its position in that sequence. Rows of
/// one sequence may be anywhere in a pass; where neighbors have ascending positions, attention
/// reads the cache once for several.
struct RowPlace {
  const KvCache* layers;  ///< [layers] of the sequence
  uint32_t position;
};

/// One row for each token: out = dequantized row of the table · scale (+ out). Tiles: tokens.
struct EmbedArguments {
  Matrix table;
  const uint32_t* tokens;  ///< The table's rows; null: they are those of the tokens' positions.
  const RowPlace* rows;
  uint32_t scale_bits;  ///< IEEE single; 0 = no scale
  bool accumulate;
  FloatRows out;
};

/// out [n, d] = cos of d/2 phases, then sin of them; phase i of a row = its position ·
/// increments[i] modulo one turn (2^64). Tiles: rows.
struct RotaryTableArguments {
  const uint64_t* increments;
  uint32_t pairs;
  const RowPlace* rows;
  FloatRows out;
};

/// Rotates pairs (i, i + d/2) of each head in place. Tiles: rows.
struct RotateArguments {
  FloatRows rotary_table;
  uint32_t pairs;
  uint32_t heads;
  uint32_t head_dimension;
  FloatRows values;
};

/// Writes each row's keys and values into its sequence's cache, at its position. Tiles: rows.
struct AppendKvArguments {
  FloatRows keys;
  FloatRows values;
  const RowPlace* rows;
  uint32_t layer;
};

/// Causal attention of each (row, head) over the positions of the row's sequence up to its own, as
/// many as the cache's window has.
/// Tiles: kv_head · count + row; a tile is all heads that share keys and values.
struct AttendArguments {
  FloatRows queries;
  uint32_t heads;
  const RowPlace* rows;  ///< [count]; all caches have the same heads and head dimension
  uint32_t count;
  uint32_t layer;
  uint32_t scale_bits;  ///< IEEE single, 1/sqrt(head dimension)
  uint32_t cap_bits;    ///< IEEE single that scores stay below; 0 = none
  FloatRows out;
};

/// out = activation(gate) (· up). Tiles: rows. Exactly one output has data, and `out` may be
/// `gate`.
struct GatedActivationArguments {
  FloatRows gate;
  FloatRows up;  ///< No data: there is none.
  uint32_t width;
  format::Activation activation;
  uint32_t cap_bits;  ///< IEEE single, of SoftCap
  FloatRows out;
  QuantizedRows quantized_out;
};

/// out += in. Tiles: rows.
struct AddArguments {
  FloatRows in;
  uint32_t width;
  FloatRows out;
};

struct Kernels {
  const char* name;            ///< "scalar", "avx2", …: what --isa takes
  uint64_t required_features;  ///< CpuFeature bits that must all be present and enabled
  void (*embed)(const EmbedArguments&, uint32_t first, uint32_t last);
  void (*rms_norm)(const NormArguments&, uint32_t first, uint32_t last);
  void (*layer_norm)(const NormArguments&, uint32_t first, uint32_t last);
  void (*quantize)(const QuantizeArguments&, uint32_t first, uint32_t last);
  void (*matmul)(const MatMulArguments&, uint32_t first, uint32_t last);
  void (*rotary_table)(const RotaryTableArguments&, uint32_t first, uint32_t last);
  void (*rotate)(const RotateArguments&, uint32_t first, uint32_t last);
  void (*append_kv)(const AppendKvArguments&, uint32_t first, uint32_t last);
  void (*attend)(const AttendArguments&, uint32_t first, uint32_t last);
  void (*gated_activation)(const GatedActivationArguments&, uint32_t first, uint32_t last);
  void (*add)(const AddArguments&, uint32_t first, uint32_t last);
  /// x[i] = exp(x[i]), in place; `count` is a multiple of 8. For the sampler.
  void (*exponentiate)(float* x, size_t count);
};

}  // namespace nibble
