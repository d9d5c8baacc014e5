// Tiles of sums that stay in registers while rows go by.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/product_sums.h"

#include <algorithm>

#include "offline/host/parallel.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kTileRows = 4, kTileColumns = ActivationRows::kUnit;
constexpr uint32_t kStripRows = 32;  // of sums: one task
constexpr size_t kPanelRows = 128;   // of activations: a panel stays in the cache

struct Panel {
  const float *a, *b;
  size_t a_stride, b_stride, rows;
};

/// Σ over the panel's rows of a[i]·b[j], added to `sums`. Written for compilers to vectorize:
/// lanes are columns of b, so no sum changes its order.
[[gnu::always_inline]] inline void add_tile(const Panel& panel,
                                            double (&sums)[kTileRows][kTileColumns]) {
  for (size_t row = 0; row < panel.rows; ++row) {
    const float* const a = panel.a + row * panel.a_stride;
    const float* const b = panel.b + row * panel.b_stride;
    for (uint32_t i = 0; i < kTileRows; ++i) {
      const double x = a[i];
      for (uint32_t j = 0; j < kTileColumns; ++j) sums[i][j] += x * double{b[j]};
    }
  }
}

using TileFunction = void (*)(const Panel&, double (&)[kTileRows][kTileColumns]);

void add_tile_anywhere(const Panel& panel, double (&sums)[kTileRows][kTileColumns]) {
  add_tile(panel, sums);
}

// Products of floats are exact in double precision, so wider vectors and fused multiplications give
// the same bits.
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void add_tile_avx2(const Panel& panel,
                                               double (&sums)[kTileRows][kTileColumns]) {
  add_tile(panel, sums);
}

TileFunction best_tile_function() {
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has_avx2 ? add_tile_avx2 : add_tile_anywhere;
}
#else
TileFunction best_tile_function() {
  return add_tile_anywhere;
}
#endif

/// The sums [rows, columns] of a strip of `a`'s columns with all of `b`'s.
struct Strip {
  const ActivationRows &a, &b;
  uint32_t first, end;  ///< columns of a
  uint32_t first_b;     ///< column of b, a multiple of the tile's
  double* sums;         ///< of the whole matrix
};

void add_panel_tile(const Strip& strip, size_t first_row, size_t rows, uint32_t i, uint32_t j,
                    TileFunction add) {
  double tile[kTileRows][kTileColumns] = {};
  const uint32_t tile_rows = std::min(kTileRows, strip.a.columns - i);
  const uint32_t tile_columns = std::min(kTileColumns, strip.b.columns - j);
  const auto each_sum = [&](auto&& visit) {
    for (uint32_t y = 0; y < tile_rows; ++y) {
      double* const sums = strip.sums + size_t{i + y} * strip.b.columns + j;
      for (uint32_t x = 0; x < tile_columns; ++x) visit(sums[x], tile[y][x]);
    }
  };
  each_sum([](double& sum, double& in_tile) { in_tile = sum; });
  add({strip.a.values.data() + first_row * strip.a.stride + i,
       strip.b.values.data() + first_row * strip.b.stride + j, strip.a.stride, strip.b.stride,
       rows},
      tile);
  each_sum([](double& sum, double& in_tile) { sum = in_tile; });
}

void add_strip(const Strip& strip, TileFunction add) {
  for (size_t row = 0; row < strip.a.rows(); row += kPanelRows) {
    const size_t rows = std::min(kPanelRows, strip.a.rows() - row);
    for (uint32_t i = strip.first; i < strip.end; i += kTileRows) {
      for (uint32_t j = strip.first_b; j < strip.b.columns; j += kTileColumns) {
        add_panel_tile(strip, row, rows, i, j, add);
      }
    }
  }
}

}  // namespace

void ActivationRows::store(size_t first, std::span<const float> rows) {
  float* out = values.data() + first * stride;
  for (; !rows.empty(); rows = rows.subspan(columns), out += stride) {
    std::ranges::copy(rows.first(columns), out);
  }
}

void ProductSums::add_tiles(const ActivationRows& a, const ActivationRows& b, bool is_triangle,
                            unsigned threads) {
  const TileFunction add_tile_here = best_tile_function();
  const uint32_t strips = (a_columns_ + kStripRows - 1) / kStripRows;
  run_tasks(
      strips,
      [&](size_t index) {
        const uint32_t first = static_cast<uint32_t>(index) * kStripRows;
        const uint32_t end = std::min(first + kStripRows, a_columns_);
        add_strip({a, b, first, end, is_triangle ? first : 0, sums_.data()}, add_tile_here);
      },
      [](size_t) {}, threads);
  rows_ += a.rows();
}

void ProductSums::add(const ActivationRows& a, const ActivationRows& b, unsigned threads) {
  add_tiles(a, b, false, threads);
}

void ProductSums::add_square(const ActivationRows& a, unsigned threads) {
  add_tiles(a, a, true, threads);
}

InputStatistics ProductSums::statistics() const {
  InputStatistics statistics{rows_, std::vector<double>(a_columns_), sums_};
  const size_t n = a_columns_;
  for (size_t i = 0; i < n; ++i) {
    statistics.squares[i] = sums_[i * n + i];
    for (size_t j = 0; j < i; ++j) statistics.hessian[i * n + j] = sums_[j * n + i];
  }
  return statistics;
}

}  // namespace nibble::offline
