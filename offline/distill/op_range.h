// Parts of a program: which ops make a block, which tensors they read, what they pass on.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "offline/architectures/network.h"

namespace nibble::offline {

/// Ops [first, last) of a program.
struct OpRange {
  uint32_t first = 0, last = 0;
};

/// Indices of tensors or of buffers.
using IndexSet = std::set<uint16_t>;

OpRange whole_program(const Network& network);
/// What precedes the layers, each layer, and what follows them: together the whole program.
std::vector<OpRange> blocks_of(const Network& network);

IndexSet tensors_in(const Network& network, OpRange range);
/// Those that no op outside of the range reads.
IndexSet tensors_only_in(const Network& network, OpRange range);
/// Buffers that the range reads before it writes them: what it needs of the ops before it.
IndexSet buffers_needed(const Network& network, OpRange range);
/// Buffers that the range writes and ops after it need.
IndexSet buffers_passed_on(const Network& network, OpRange range);

}  // namespace nibble::offline
