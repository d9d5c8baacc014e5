// Sums of products over the rows of two activations, on all cores: what Hessians are made of.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "offline/quantize/input_statistics.h"

namespace nibble::offline {

/// Rows of activations one after the other, each padded with zeros to a multiple of kUnit columns.
struct ActivationRows {
  static constexpr uint32_t kUnit = 16;

  explicit ActivationRows(uint32_t with_columns, size_t rows)
      : columns(with_columns),
        stride((columns + kUnit - 1) / kUnit * kUnit),
        values(rows * stride) {}
  size_t rows() const { return values.size() / stride; }
  /// Stores rows [n, columns] from row `first` on.
  void store(size_t first, std::span<const float> rows);

  uint32_t columns, stride;
  std::vector<float> values;
};

/// Σ a[i]·b[j] over rows, or a triangle of it. Each sum is added up in the order of the rows, in
/// double precision, where products of floats are exact: the same bits for any number of threads,
/// on any CPU.
class ProductSums {
 public:
  ProductSums(uint32_t a_columns, uint32_t b_columns)
      : a_columns_(a_columns), sums_(size_t{a_columns} * b_columns) {}

  /// Σ a[i]·b[j]. @pre as many rows in both
  void add(const ActivationRows& a, const ActivationRows& b, unsigned threads);
  /// Σ a[i]·a[j] for i ≤ j: half the work. @pre a_columns = b_columns
  void add_square(const ActivationRows& a, unsigned threads);

  uint32_t a_columns() const { return a_columns_; }
  /// [a_columns, b_columns]
  const std::vector<double>& sums() const { return sums_; }
  /// Of what add_square() added, the lower triangle mirrored.
  InputStatistics statistics() const;

 private:
  void add_tiles(const ActivationRows& a, const ActivationRows& b, bool is_triangle,
                 unsigned threads);

  uint32_t a_columns_;
  uint64_t rows_ = 0;
  std::vector<double> sums_;
};

}  // namespace nibble::offline
