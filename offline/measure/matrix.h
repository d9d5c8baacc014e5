// The order in which the cells of a matrix are visited, so that drift of the machine hits all
// alike.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nibble::offline {

/// A cell, by the indexes of what it combines.
struct CellIndex {
  size_t blob = 0, batch_size = 0, threads = 0;
  bool operator==(const CellIndex&) const = default;
};

/// One process: some of a cell's runs.
struct Visit {
  CellIndex cell;
  uint32_t runs = 0;
  bool operator==(const Visit&) const = default;
};

struct MatrixSize {
  size_t blobs = 0, batch_sizes = 0, threads = 0;
};

/// For each batch size and number of threads, rounds over all blobs: forth, back, forth, … A cell's
/// runs are divided over the rounds as evenly as can be; none has no run.
/// @returns the visits of one batch size and number of threads after the other
std::vector<Visit> plan_visits(const MatrixSize& size, uint32_t runs, uint32_t rounds);

}  // namespace nibble::offline
