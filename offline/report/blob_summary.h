// What a blob holds, in figures: sizes of tensors and sections, bits per weight.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include <cstdint>
#include <string>
#include <vector>

#include "offline/files/text.h"
#include "runtime/format/reader.h"

namespace nibble::offline {

/// The manifest of a blob. @pre the blob is whole and outlives the view
/// Throws InputError, naming `where`.
format::ManifestView open_manifest(Bytes blob, const std::string& where);

struct TensorSummary {
  std::string name;
  format::TensorRecord record{};
  uint64_t uncompressed_bytes = 0;
  uint64_t stored_bytes = 0;  ///< its share of the chunks that hold it
  double bits_per_weight = 0;
};

struct SectionSummary {
  format::SectionRecord record{};
  uint64_t chunks = 0, compressed_chunks = 0, uncompressed_bytes = 0, stored_bytes = 0,
           blob_offset = 0;
};

struct BlobSummary {
  std::vector<TensorSummary> tensors;
  std::vector<SectionSummary> sections;
  uint64_t blob_bytes = 0;
  uint64_t weights = 0;        ///< elements of the matrices
  double bits_per_weight = 0;  ///< of the matrices, scales and padding included
  uint64_t uncompressed_bytes = 0, stored_bytes = 0;  ///< of all sections
};

BlobSummary summarize(const format::ManifestView& manifest);

/// Text that came from a blob.
std::string string_of(Text text);

}  // namespace nibble::offline
