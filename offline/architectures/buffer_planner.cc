// Best fit by liveness, widest buffers first.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/buffer_planner.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "runtime/format/layout.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::BufferRecord;
using format::OpRecord;

/// Per buffer, per op: whether the buffer's content is read there or later.
using Liveness = std::vector<std::vector<bool>>;

Liveness find_liveness(std::span<const OpRecord> ops, size_t buffer_count) {
  Liveness live(buffer_count, std::vector<bool>(ops.size()));
  std::vector<size_t> live_since(buffer_count);
  const auto read = [&](uint16_t buffer, size_t at) {
    if (buffer == format::kNone) return;
    std::fill(live[buffer].begin() + static_cast<std::ptrdiff_t>(live_since[buffer]),
              live[buffer].begin() + static_cast<std::ptrdiff_t>(at) + 1, true);
  };
  for (size_t at = 0; at < ops.size(); ++at) {
    for (const uint16_t buffer : ops[at].input) read(buffer, at);
    const uint16_t output = ops[at].output;
    if (output == format::kNone) continue;
    if (!format::works_in_place(ops[at])) live_since[output] = at;
    read(output, at);
  }
  return live;
}

bool overlap(const std::vector<bool>& a, const std::vector<bool>& b) {
  for (size_t at = 0; at < a.size(); ++at) {
    if (a[at] && b[at]) return true;
  }
  return false;
}

struct Range {
  uint32_t begin, end;
};

/// The start of the smallest gap between `taken` that has room for `bytes`, else the end of them
/// all.
uint32_t best_fit(std::vector<Range> taken, uint32_t bytes) {
  std::sort(taken.begin(), taken.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  uint32_t best = UINT32_MAX, smallest_gap = UINT32_MAX, end = 0;
  for (const Range& range : taken) {
    const uint32_t gap = range.begin > end ? range.begin - end : 0;
    if (gap >= bytes && gap < smallest_gap) {
      smallest_gap = gap;
      best = end;
    }
    end = std::max(end, range.end);
  }
  return best == UINT32_MAX ? end : best;
}

}  // namespace

void plan_buffers(std::span<const OpRecord> ops, std::span<BufferRecord> buffers) {
  const Liveness live = find_liveness(ops, buffers.size());
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const uint32_t a_bytes = format::row_bytes(buffers[a]), b_bytes = format::row_bytes(buffers[b]);
    return a_bytes != b_bytes ? a_bytes > b_bytes : a < b;
  });
  for (size_t i = 0; i < order.size(); ++i) {
    BufferRecord& buffer = buffers[order[i]];
    std::vector<Range> taken;
    for (const size_t planned : std::span(order).first(i)) {
      const BufferRecord& other = buffers[planned];
      if (other.rows != buffer.rows || !overlap(live[planned], live[order[i]])) continue;
      taken.push_back({other.row_offset_bytes, other.row_offset_bytes + format::row_bytes(other)});
    }
    buffer.row_offset_bytes = best_fit(std::move(taken), format::row_bytes(buffer));
  }
}

}  // namespace nibble::offline
