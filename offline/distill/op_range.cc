// Scans records.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/op_range.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::OpRecord;

std::span<const OpRecord> ops_in(const Network& network, OpRange range) {
  return std::span(network.ops).subspan(range.first, range.last - range.first);
}

}  // namespace

OpRange whole_program(const Network& network) {
  return {0, static_cast<uint32_t>(network.ops.size())};
}

std::vector<OpRange> blocks_of(const Network& network) {
  std::vector<OpRange> blocks;
  const auto count = static_cast<uint32_t>(network.ops.size());
  for (uint32_t first = 0; first < count;) {
    uint32_t last = first;
    while (last < count && network.ops[last].layer == network.ops[first].layer) ++last;
    blocks.push_back({first, last});
    first = last;
  }
  return blocks;
}

IndexSet tensors_in(const Network& network, OpRange range) {
  IndexSet tensors;
  for (const OpRecord& op : ops_in(network, range)) {
    tensors.insert(std::begin(op.tensor), std::end(op.tensor));
  }
  tensors.erase(format::kNone);
  return tensors;
}

IndexSet tensors_only_in(const Network& network, OpRange range) {
  IndexSet outside = tensors_in(network, {0, range.first});
  outside.merge(tensors_in(network, {range.last, whole_program(network).last}));
  IndexSet inside;
  std::ranges::set_difference(tensors_in(network, range), outside,
                              std::inserter(inside, inside.end()));
  return inside;
}

IndexSet buffers_needed(const Network& network, OpRange range) {
  IndexSet needed, written;
  const auto read = [&](uint16_t buffer) {
    if (buffer != format::kNone && !written.contains(buffer)) needed.insert(buffer);
  };
  for (const OpRecord& op : ops_in(network, range)) {
    for (const uint16_t input : op.input) read(input);
    if (format::works_in_place(op)) read(op.output);
    written.insert(op.output);
  }
  return needed;
}

IndexSet buffers_passed_on(const Network& network, OpRange range) {
  const IndexSet needed = buffers_needed(network, {range.last, whole_program(network).last});
  IndexSet passed_on;
  for (const OpRecord& op : ops_in(network, range)) {
    if (needed.contains(op.output)) passed_on.insert(op.output);
  }
  return passed_on;
}

}  // namespace nibble::offline
