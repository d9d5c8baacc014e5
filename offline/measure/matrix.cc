// Three loops, of which the innermost turns around each time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/matrix.h"

#include <algorithm>

namespace nibble::offline {
namespace {

void add_rounds(const MatrixSize& size, CellIndex cell, uint32_t runs, uint32_t rounds,
                std::vector<Visit>& visits) {
  for (uint32_t round = 0; round < rounds; ++round) {
    const uint32_t share = runs / rounds + (round < runs % rounds ? 1 : 0);
    for (size_t i = 0; i < size.blobs; ++i) {
      cell.blob = round % 2 == 0 ? i : size.blobs - 1 - i;
      visits.push_back({cell, share});
    }
  }
}

}  // namespace

std::vector<Visit> plan_visits(const MatrixSize& size, uint32_t runs, uint32_t rounds) {
  std::vector<Visit> visits;
  for (size_t threads = 0; threads < size.threads; ++threads) {
    for (size_t batch = 0; batch < size.batch_sizes; ++batch) {
      add_rounds(size, {0, batch, threads}, runs, std::min(runs, rounds), visits);
    }
  }
  return visits;
}

}  // namespace nibble::offline
