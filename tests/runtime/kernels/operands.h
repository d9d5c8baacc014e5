// Operands for kernels: random or extreme matrices, rows and caches in the layouts kernels read.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/cpu.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

#include "runtime/kernels/kernels.h"

namespace nibble::kernel_test {

/// The same numbers on every machine (xorshift64*).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u | 1) {}
  uint64_t next();
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>((next() >> 32) * limit >> 32); }
  float between(float low, float high);

 private:
  uint64_t state_;
};

/// Random: ordinary values. Limits: every code at one of its two ends, scales large and tiny.
enum class Fill { Random, Limits };

/// Compiled sets that this CPU runs, best first.
std::vector<const Kernels*> runnable_kernels();
const Kernels& scalar_kernels();

/// 64-byte aligned zeros, then 64 bytes that must stay what they are.
class AlignedBytes {
 public:
  explicit AlignedBytes(size_t bytes);
  uint8_t* data() { return reinterpret_cast<uint8_t*>(lines_.data()); }
  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(lines_.data()); }
  size_t size() const { return bytes_; }
  bool guard_is_whole() const;
  std::vector<uint8_t> copy() const { return {data(), data() + bytes_}; }

 private:
  struct alignas(64) Line {
    uint8_t bytes[64];
  };
  size_t bytes_;
  std::vector<Line> lines_;
};

/// [rows, width] floats in rows padded to 32, padding zero.
class FloatOperand {
 public:
  FloatOperand(uint32_t rows, uint32_t width);
  FloatOperand(uint32_t rows, uint32_t width, float low, float high, Random& random);
  FloatRows rows() { return {reinterpret_cast<float*>(bytes_.data()), stride_}; }
  float* row(uint32_t r) { return reinterpret_cast<float*>(bytes_.data() + r * stride_); }
  const float* row(uint32_t r) const {
    return reinterpret_cast<const float*>(bytes_.data() + r * stride_);
  }
  uint32_t padded_width() const { return static_cast<uint32_t>(stride_ / 4); }
  /// Fills everything, padding too: what a kernel must overwrite.
  void spoil();
  const AlignedBytes& bytes() const { return bytes_; }

 private:
  size_t stride_;
  AlignedBytes bytes_;
};

/// Rows of quantized activations.
class QuantizedOperand {
 public:
  QuantizedOperand(uint32_t rows, uint32_t width, uint32_t group);
  QuantizedOperand(uint32_t rows, uint32_t width, uint32_t group, Fill fill, Random& random);
  QuantizedRows rows();
  int8_t code(uint32_t row, uint32_t column) const;
  float scale(uint32_t row, uint32_t column) const;  ///< Of the group that column is in.
  int32_t sum(uint32_t row, uint32_t column) const;
  const AlignedBytes& bytes() const { return bytes_; }

 private:
  uint32_t width_, group_, groups_;
  size_t stride_;
  AlignedBytes bytes_;
};

/// A weight matrix; weight() reads it by the text of format/layout.h.
class MatrixOperand {
 public:
  MatrixOperand(format::TensorType type, uint32_t rows, uint32_t k, uint32_t group, Fill fill,
                Random& random);
  Matrix matrix() const;
  double weight(uint32_t row, uint32_t column) const;
  uint32_t padded_rows() const { return padded_rows_; }

 private:
  void fill_codes(Fill fill, Random& random);
  void fill_scales(Fill fill, Random& random);
  size_t group_index(uint32_t row, uint32_t column) const;
  format::TensorType type_;
  uint32_t padded_rows_, k_, group_;
  AlignedBytes codes_, scales_, zeros_;
};

/// One layer's cache, NaN and −1 where nothing was stored: as bad as memory can be.
class CacheOperand {
 public:
  /// @param window  0 = none; else `context` is what the cache keeps, and positions wrap around
  CacheOperand(format::KvType type, uint32_t context, uint32_t kv_heads, uint32_t head_dimension,
               uint32_t window = 0);
  KvCache cache();
  /// Of an INT4 cache as it is stored: transformed.
  double key(uint32_t head, uint32_t position, uint32_t i) const;
  double value(uint32_t head, uint32_t position, uint32_t i) const;
  /// NaN over every half and scale from `position` on, −1 over every code.
  void spoil_from(uint32_t position);
  std::vector<uint8_t> copy() const;

 private:
  /// One head's keys or values.
  struct Plane {
    format::TensorType type;
    bool is_key;
    const uint8_t* data;
  };
  /// Where an element has its code and what scales it, in bytes from the plane's start.
  struct Place {
    size_t code, scale, zero;
  };
  uint32_t position_bytes(bool is_key) const;
  Plane plane(bool is_key, uint32_t head) const;
  Place place(const Plane& plane, uint32_t position, uint32_t i) const;
  double element(const Plane& plane, uint32_t position, uint32_t i) const;
  format::KvType type_;
  uint32_t positions_, kv_heads_, head_dimension_, window_, groups_;
  format::TensorType key_type_, value_type_;
  AlignedBytes keys_, values_;
};

/// Where rows of a pass belong, for sequences of one layer.
class PlacesOperand {
 public:
  /// `rows` rows of one sequence, from `position` on.
  PlacesOperand(KvCache cache, uint32_t position, uint32_t rows) { append(cache, position, rows); }
  /// Rows without a cache.
  PlacesOperand(uint32_t position, uint32_t rows) : PlacesOperand(KvCache{}, position, rows) {}
  /// Rows of one more sequence.
  void append(KvCache cache, uint32_t position, uint32_t rows);
  const RowPlace* data() const { return places_.data(); }

 private:
  std::deque<KvCache> caches_;  // which never moves them
  std::vector<RowPlace> places_;
};

/// An independent reading of IEEE half precision.
double half_value(uint16_t half);
uint16_t random_half(Random& random);

}  // namespace nibble::kernel_test
