// Loops of training steps over the threads that a caller lends: any partition gives the same bits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

#include <algorithm>
#include <cstdint>

namespace nibble::offline {

/// Calls body(first, last) for parts of [0, tiles), perhaps on several threads at once, and returns
/// when all are done. Tiles write to different places, so that the partition does not show.
template <class Body>
void run_tiles(const ParallelFor& parallel, uint32_t tiles, const Body& body) {
  if (parallel.run == nullptr) return body(0, tiles);
  const auto part = [](void* argument, uint32_t first, uint32_t last) {
    (*static_cast<const Body*>(argument))(first, last);
  };
  parallel.run(parallel.context, tiles, part, const_cast<Body*>(&body));
}

/// The same over [0, count) in pieces of `piece`, for items that are too small to be tiles: calls
/// body(first, last) with one piece at a time.
template <class Body>
void run_pieces(const ParallelFor& parallel, size_t count, size_t piece, const Body& body) {
  const auto tiles = static_cast<uint32_t>((count + piece - 1) / piece);
  run_tiles(parallel, tiles, [&](uint32_t first, uint32_t last) {
    for (size_t tile = first; tile < last; ++tile) {
      body(tile * piece, std::min(count, (tile + 1) * piece));
    }
  });
}

}  // namespace nibble::offline
