// Cuts a section into chunks and compresses them, on every core, in order.
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

/// Packs all chunks of a section and calls `append` with each, in order, on the calling thread.
/// A chunk of a zstd section stays uncompressed where compression does not save 1/50.
void pack_chunks(const SectionSource& section, const BlobOptions& options,
                 const std::function<void(const PackedChunk&)>& append);

}  // namespace nibble::offline
