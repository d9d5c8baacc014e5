// The checks behind ManifestView::open(), one per table. Each assumes that those before it passed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/format/blob.h"

namespace nibble::format {

/// Counts against their limits, before anything is multiplied. @returns BadCount
Status check_counts(const Manifest& manifest);
/// The record's other fields. @returns ReservedNotZero | BadHyperparameter
Status check_hyperparameters(const Manifest& manifest);

/// @returns BadSection | BadCount (the sections do not have chunk_count chunks)
Status check_sections(Span<const SectionRecord> sections, const Manifest& manifest);
/// @returns BadChunk
Status check_chunks(Span<const ChunkRecord> chunks, Span<const SectionRecord> sections);
/// @returns BadTensor | SizeOverflow | BadSection (Weights is not as large as its tensors)
Status check_tensors(Span<const TensorRecord> tensors, const Manifest& manifest,
                     const SectionRecord& weights);
/// @returns BadBuffer
Status check_buffers(Span<const BufferRecord> buffers);
/// @returns BadSelfTest
Status check_self_test(Span<const uint32_t> tokens, const Manifest& manifest);
/// Exactly `count` strings, zero-terminated, filling `strings`. @returns BadString
Status check_strings(Text strings, uint32_t count);

}  // namespace nibble::format
