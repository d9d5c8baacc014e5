// Tiles of sums that stay in registers while rows go by.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/product_sums.h"

#include <nibble/cpu.h>

#include <algorithm>
#include <cstring>

#include "offline/host/parallel.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kStripRows = 32;  // of sums: one task
constexpr size_t kPanelRows = 128;   // of activations: a panel stays in the cache
constexpr uint32_t kTileVectors = 2;

/// The sums [rows, columns] of a strip of `a`'s columns with all of `b`'s.
struct Strip {
  const ActivationRows &a, &b;
  uint32_t first, end;  ///< columns of a
  uint32_t first_b;     ///< column of b, a multiple of every tile's
  double* sums;         ///< of the whole matrix
};

/// A strip's columns of `a` over some rows, as doubles; columns behind the last are 0.
struct Panel {
  size_t first_row, rows;
  double a[kPanelRows][kStripRows];
};

void fill(const Strip& strip, size_t first_row, Panel& panel) {
  panel.first_row = first_row;
  panel.rows = std::min(kPanelRows, strip.a.rows() - first_row);
  const uint32_t columns = strip.end - strip.first;
  for (size_t row = 0; row < panel.rows; ++row) {
    const float* const from =
        strip.a.values.data() + (first_row + row) * strip.a.stride + strip.first;
    for (uint32_t i = 0; i < kStripRows; ++i) {
      panel.a[row][i] = i < columns ? double{from[i]} : 0.0;
    }
  }
}

/// Vectors of that many bytes of doubles, and the floats that become them. Spelled out, since
/// g++-12 does not know a vector whose size is a template's parameter.
template <size_t kVectorBytes>
struct VectorsOf;
template <>
struct VectorsOf<16> {
  typedef double Doubles __attribute__((vector_size(16)));
  typedef float Floats __attribute__((vector_size(8)));
};
template <>
struct VectorsOf<32> {
  typedef double Doubles __attribute__((vector_size(32)));
  typedef float Floats __attribute__((vector_size(16)));
};
template <>
struct VectorsOf<64> {
  typedef double Doubles __attribute__((vector_size(64)));
  typedef float Floats __attribute__((vector_size(32)));
};

/// Adds Σ over the panel's rows of a[i]·b[j] to `tile`. Lanes are columns of b, so no sum changes
/// its order.
template <size_t kVectorBytes, uint32_t kRows, uint32_t kColumns>
[[gnu::always_inline]] inline void add_tile(const Panel& panel, uint32_t i, const ActivationRows& b,
                                            uint32_t j, double (&tile)[kRows][kColumns]) {
  using Vector = typename VectorsOf<kVectorBytes>::Doubles;
  using Floats = typename VectorsOf<kVectorBytes>::Floats;
  Vector sums[kRows][kTileVectors];
  std::memcpy(&sums, &tile, sizeof sums);
  const float* values = b.values.data() + panel.first_row * b.stride + j;
  for (size_t row = 0; row < panel.rows; ++row, values += b.stride) {
    Floats loaded[kTileVectors];
    std::memcpy(&loaded, values, sizeof loaded);
    const Vector first = __builtin_convertvector(loaded[0], Vector);
    const Vector second = __builtin_convertvector(loaded[1], Vector);
#pragma GCC unroll 8
    for (uint32_t y = 0; y < kRows; ++y) {
      sums[y][0] += panel.a[row][i + y] * first;
      sums[y][1] += panel.a[row][i + y] * second;
    }
  }
  std::memcpy(&tile, &sums, sizeof sums);
}

template <size_t kVectorBytes, uint32_t kRows>
[[gnu::always_inline]] inline void add_panel(const Strip& strip, const Panel& panel) {
  constexpr uint32_t kColumns = kTileVectors * kVectorBytes / sizeof(double);
  static_assert(ActivationRows::kUnit % kColumns == 0 && kStripRows % kRows == 0);
  for (uint32_t i = strip.first; i < strip.end; i += kRows) {
    for (uint32_t j = strip.first_b; j < strip.b.columns; j += kColumns) {
      double tile[kRows][kColumns] = {};
      const uint32_t rows = std::min(kRows, strip.end - i);
      const size_t columns = std::min(kColumns, strip.b.columns - j);
      double* const sums = strip.sums + size_t{i} * strip.b.columns + j;
      for (uint32_t y = 0; y < rows; ++y) {
        std::copy_n(sums + size_t{y} * strip.b.columns, columns, tile[y]);
      }
      add_tile<kVectorBytes, kRows>(panel, i - strip.first, strip.b, j, tile);
      for (uint32_t y = 0; y < rows; ++y) {
        std::copy_n(tile[y], columns, sums + size_t{y} * strip.b.columns);
      }
    }
  }
}

// Products of floats are exact in double precision, so vectors of any size and fused
// multiplications, which this file is compiled with, give the same bits.
using PanelFunction = void (*)(const Strip&, const Panel&);

void add_panel_16(const Strip& strip, const Panel& panel) {
  add_panel<16, 4>(strip, panel);
}
#if defined(__x86_64__)
[[gnu::target("avx2")]] void add_panel_32(const Strip& strip, const Panel& panel) {
  add_panel<32, 4>(strip, panel);
}
[[gnu::target("avx512f")]] void add_panel_64(const Strip& strip, const Panel& panel) {
  add_panel<64, 8>(strip, panel);
}
#endif

PanelFunction best_panel_function() {
#if defined(__x86_64__)
  const uint64_t features = cpu_features();
  if ((features & kCpuAvx512Vnni) != 0) return add_panel_64;
  if ((features & kCpuAvx2) != 0) return add_panel_32;
#endif
  return add_panel_16;
}

void add_strip(const Strip& strip) {
  static const PanelFunction add = best_panel_function();
  Panel panel;
  for (size_t row = 0; row < strip.a.rows(); row += kPanelRows) {
    fill(strip, row, panel);
    add(strip, panel);
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
  const uint32_t strips = (a_columns_ + kStripRows - 1) / kStripRows;
  run_tasks(
      strips,
      [&](size_t index) {
        const uint32_t first = static_cast<uint32_t>(index) * kStripRows;
        const uint32_t end = std::min(first + kStripRows, a_columns_);
        add_strip({a, b, first, end, is_triangle ? first : 0, sums_.data()});
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
