// Tiles of the result held in registers over all steps; operands packed so that a tile reads them
// in sequence (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/matrix_product.h"

#include <nibble/cpu.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "offline/distill/parallel_loop.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kTileVectors = 2;  // columns of a tile, in vectors
// Blocks of the result: units of work, for which operands are packed once.
constexpr uint32_t kBlockRows = 512;
constexpr uint32_t kBlockColumns = 128;

/// What a tile of `kRows` rows and kTileVectors vectors reads and writes.
template <class Real>
struct Tile {
  Strided<Real> left;
  const Real* packed;  ///< [steps, columns of a tile]
  uint32_t steps;
  uint32_t columns;  ///< that are written
  Real* out;
  size_t out_stride;
  bool accumulate;
};

template <class Real>
[[gnu::always_inline]] inline void store(const Real* sums, Real* out, uint32_t columns,
                                         bool accumulate) {
  if (!accumulate) {
    std::copy_n(sums, columns, out);
    return;
  }
  for (uint32_t column = 0; column < columns; ++column) out[column] += sums[column];
}

template <class Real, size_t kVectorBytes, uint32_t kRows>
[[gnu::always_inline]] inline void multiply_tile(const Tile<Real>& tile) {
  typedef Real Vector __attribute__((vector_size(kVectorBytes)));
  constexpr size_t kLanes = kVectorBytes / sizeof(Real);
  Vector sums[kRows][kTileVectors] = {};
  const Real* packed = tile.packed;
  const Real* left = tile.left.data;
  for (uint32_t step = 0; step < tile.steps; ++step) {
    Vector right[kTileVectors];
    std::memcpy(&right, packed, sizeof right);
#pragma GCC unroll 8
    for (uint32_t row = 0; row < kRows; ++row) {
      const Real factor = left[row * tile.left.row_stride];
      sums[row][0] += factor * right[0];
      sums[row][1] += factor * right[1];
    }
    packed += kTileVectors * kLanes;
    left += tile.left.column_stride;
  }
  for (uint32_t row = 0; row < kRows; ++row) {
    Real row_sums[kTileVectors * kLanes];
    std::memcpy(row_sums, &sums[row], sizeof row_sums);
    store(row_sums, tile.out + row * tile.out_stride, tile.columns, tile.accumulate);
  }
}

/// Columns [first, first + width) of `right`, zeros behind the last: [steps, width].
template <class Real>
void pack_right(const Product<Real>& product, uint32_t first, uint32_t width, Real* packed) {
  const uint32_t columns = std::min(width, product.columns - first);
  for (uint32_t step = 0; step < product.steps; ++step, packed += width) {
    const Strided<Real> row = product.right.from(step, first);
    for (uint32_t column = 0; column < columns; ++column) {
      packed[column] = row.data[column * row.column_stride];
    }
    std::fill(packed + columns, packed + width, Real{0});
  }
}

/// kRows rows of `left`, step by step, where it does not hold its rows in sequence.
template <class Real, uint32_t kRows>
Strided<Real> pack_left(const Product<Real>& product, uint32_t first, Real* packed) {
  const Strided<Real> left = product.left.from(first, 0);
  if (left.column_stride == 1) return left;
  for (uint32_t step = 0; step < product.steps; ++step) {
    const Real* const from = left.data + step * left.column_stride;
    for (uint32_t row = 0; row < kRows; ++row) {
      packed[step * kRows + row] = from[row * left.row_stride];
    }
  }
  return {packed, 1, kRows};
}

/// Packed operands of a block: `right` [panels, steps, columns of a tile], `left` of one tile.
template <class Real>
struct Packing {
  std::unique_ptr<Real[]> right, left;
};

/// kRows rows of a block, from `row` on.
template <class Real, size_t kVectorBytes, uint32_t kRows>
[[gnu::always_inline]] inline void multiply_rows(const Product<Real>& product, uint32_t row,
                                                 const Packing<Real>& packing) {
  constexpr uint32_t kColumns = kTileVectors * kVectorBytes / sizeof(Real);
  Tile<Real> tile{.left = pack_left<Real, kRows>(product, row, packing.left.get()),
                  .packed = packing.right.get(),
                  .steps = product.steps,
                  .columns = 0,
                  .out = product.out + row * product.out_stride,
                  .out_stride = product.out_stride,
                  .accumulate = product.accumulate};
  for (uint32_t column = 0; column < product.columns; column += kColumns) {
    tile.columns = std::min(kColumns, product.columns - column);
    multiply_tile<Real, kVectorBytes, kRows>(tile);
    tile.packed += size_t{kColumns} * tile.steps;
    tile.out += kColumns;
  }
}

/// A block of the result, on one thread.
template <class Real, size_t kVectorBytes, uint32_t kRows>
[[gnu::always_inline]] inline void multiply_block(const Product<Real>& product) {
  constexpr uint32_t kColumns = kTileVectors * kVectorBytes / sizeof(Real);
  const uint32_t padded_columns = (product.columns + kColumns - 1) / kColumns * kColumns;
  // Without initial values: every element is written before it is read.
  const Packing<Real> packing{
      std::unique_ptr<Real[]>(new Real[size_t{padded_columns} * product.steps]),
      std::unique_ptr<Real[]>(new Real[size_t{kRows} * product.steps])};
  for (uint32_t column = 0; column < product.columns; column += kColumns) {
    pack_right(product, column, kColumns, packing.right.get() + size_t{column} * product.steps);
  }
  uint32_t row = 0;
  for (; row + kRows <= product.rows; row += kRows) {
    multiply_rows<Real, kVectorBytes, kRows>(product, row, packing);
  }
  for (; row < product.rows; ++row) multiply_rows<Real, kVectorBytes, 1>(product, row, packing);
}

// The same text for vectors of each size; the library is compiled without contraction of products
// and sums, so that all give the same bits.
template <class Real>
void multiply_16(const Product<Real>& product) {
  multiply_block<Real, 16, 4>(product);
}
#if defined(__x86_64__)
template <class Real>
[[gnu::target("avx2")]] void multiply_32(const Product<Real>& product) {
  multiply_block<Real, 32, 6>(product);
}
template <class Real>
[[gnu::target("avx512f")]] void multiply_64(const Product<Real>& product) {
  multiply_block<Real, 64, 8>(product);
}
#endif

template <class Real>
using BlockFunction = void (*)(const Product<Real>&);

template <class Real>
BlockFunction<Real> best_block_function() {
#if defined(__x86_64__)
  const uint64_t features = cpu_features();
  if ((features & kCpuAvx512Vnni) != 0) return multiply_64<Real>;
  if ((features & kCpuAvx2) != 0) return multiply_32<Real>;
#endif
  return multiply_16<Real>;
}

/// Tile `index` of the blocks that the result is cut into.
template <class Real>
Product<Real> block_of(const Product<Real>& whole, uint32_t index) {
  const uint32_t across = (whole.columns + kBlockColumns - 1) / kBlockColumns;
  const uint32_t row = index / across * kBlockRows, column = index % across * kBlockColumns;
  Product<Real> block = whole;
  block.rows = std::min(kBlockRows, whole.rows - row);
  block.columns = std::min(kBlockColumns, whole.columns - column);
  block.left = whole.left.from(row, 0);
  block.right = whole.right.from(0, column);
  block.out = whole.out + row * whole.out_stride + column;
  return block;
}

}  // namespace

template <class Real>
void multiply(const Product<Real>& product, const ParallelFor& parallel) {
  static const BlockFunction<Real> multiply_one = best_block_function<Real>();
  const uint32_t down = (product.rows + kBlockRows - 1) / kBlockRows;
  const uint32_t across = (product.columns + kBlockColumns - 1) / kBlockColumns;
  run_tiles(parallel, down * across, [&](uint32_t first, uint32_t last) {
    for (uint32_t i = first; i < last; ++i) multiply_one(block_of(product, i));
  });
}

template void multiply(const Product<float>&, const ParallelFor&);
template void multiply(const Product<double>&, const ParallelFor&);

}  // namespace nibble::offline
