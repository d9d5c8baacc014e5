// A section's bytes to chunks: compressed on every core, in order.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <vector>

#include "offline/blob/blob_writer.h"

namespace nibble::offline {

struct PackedChunk {
  format::ChunkRecord record;
  std::vector<uint8_t> stored;
};

/// Packs all chunks of a section and hands them to `place` in order, on the calling thread.
/// Chunks of a zstd section stay raw where compression does not save 1/50.
void pack_chunks(const SectionSource& section, const BlobOptions& options,
                 const std::function<void(const PackedChunk&)>& place);

}  // namespace nibble::offline
