// The cursor that walks a program, and when a range of tiles is worth several threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/program/executor.h"

#include <nibble/nibble.h>

#include "runtime/format/ops.h"
#include "runtime/program/op_binding.h"

namespace nibble::program {
namespace {

using format::OpRecord;
using format::TileRule;

/// Row-wise ops move a few kilobytes per row: fewer rows than this cost less than a barrier.
constexpr uint32_t kParallelRows = 8;
/// Attention costs less than a barrier below this product of tiles and positions.
constexpr uint64_t kParallelAttendWork = 512;

struct Range {
  const Bindings* bindings;
  const Pass* pass;
  const OpRecord* op;
  uint32_t begin;
};

void run_part(void* argument, uint32_t first, uint32_t last) {
  const Range& range = *static_cast<const Range*>(argument);
  run_tiles(*range.bindings, *range.pass, *range.op, range.begin + first, range.begin + last);
}

bool worth_threads(const Pass& pass, const OpRecord& op, uint32_t tiles) {
  if (tiles < 2) return false;
  switch (format::rules_of(op.code).tiles) {
    case TileRule::Rows:
      return tiles >= kParallelRows;
    case TileRule::HeadRows:
      return uint64_t{tiles} * pass.most_positions() >= kParallelAttendWork;
    case TileRule::WeightBlocks:
      return true;
  }
  return false;
}

// Not inlined: the range is not on the stack of whoever computes alone.
[[gnu::noinline]] void run_threads(const Bindings& bindings, const Pass& pass, const OpRecord& op,
                                   uint32_t begin, uint32_t tiles) {
  Range range{.bindings = &bindings, .pass = &pass, .op = &op, .begin = begin};
  bindings.parallel.run(bindings.parallel.context, tiles, run_part, &range);
}

void run_range(const Bindings& bindings, const Pass& pass, const OpRecord& op, uint32_t begin,
               uint32_t tiles) {
  if (bindings.parallel.run != nullptr && worth_threads(pass, op, tiles))
    run_threads(bindings, pass, op, begin, tiles);
  else
    run_tiles(bindings, pass, op, begin, begin + tiles);
}

/// Tiles of an op between two yields. Threads wait for each other behind each range, so they get
/// all there is.
uint64_t tiles_per_range(const Bindings& bindings, const Pass& pass, const OpRecord& op) {
  if (bindings.parallel.run != nullptr) return ~uint64_t{0};
  const uint64_t most = Executor::kWorkBetweenYields / (tile_work(bindings, pass, op) + 1);
  return most != 0 ? most : 1;
}

}  // namespace

void run_op(const Bindings& bindings, const Pass& pass, uint32_t op) {
  const OpRecord& record = bindings.program.ops[op];
  const uint32_t tiles = tile_count(bindings, pass, record);
  if (tiles != 0) run_range(bindings, pass, record, 0, tiles);
}

void Executor::start(const Bindings& bindings, const Pass& pass) {
  bindings_ = &bindings;
  pass_ = pass;
  op_ = 0;
  tile_ = 0;
}

// Two things end this loop: the last op is done, or the budget does not reach the next tile.
uint64_t Executor::run(uint64_t budget) {
  while (!done()) {
    const OpRecord& op = bindings_->program.ops[op_];
    const uint32_t tiles = tile_count(*bindings_, pass_, op);
    if (tile_ == tiles) {
      ++op_;
      tile_ = 0;
      continue;
    }
    if (budget == 0) break;
    const uint32_t left = tiles - tile_;
    const uint64_t range = tiles_per_range(*bindings_, pass_, op);
    const uint64_t most = budget < range ? budget : range;
    const uint32_t now = left < most ? left : static_cast<uint32_t>(most);
    run_range(*bindings_, pass_, op, tile_, now);
    budget -= now;
    tile_ += now;
    // Between tiles no floating-point register is live: a kernel may reschedule here.
    nibble_platform_yield();
  }
  return budget;
}

uint64_t Executor::tiles(const Bindings& bindings, const Pass& pass) {
  uint64_t sum = 0;
  for (const OpRecord& op : bindings.program.ops) sum += tile_count(bindings, pass, op);
  return sum;
}

}  // namespace nibble::program
