// One op of one pass as kernel arguments: records and row counts become pointers and strides.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/program/bindings.h"

namespace nibble::program {

/// Tiles of an op in a pass, by its TileRule. 0 for logit rows in a pass without logits.
uint32_t tile_count(const Bindings& bindings, const Pass& pass, const format::OpRecord& op);

/// What a tile of an op costs at most in a pass, in multiply-adds of a matrix by integer codes: an
/// estimate that tells work of microseconds from work of milliseconds.
uint64_t tile_work(const Bindings& bindings, const Pass& pass, const format::OpRecord& op);

/// Binds and runs tiles [first, last) of an op. Cheap enough to do anew for each range of tiles.
void run_tiles(const Bindings& bindings, const Pass& pass, const format::OpRecord& op,
               uint32_t first, uint32_t last);

}  // namespace nibble::program
