// The offset of each table of a manifest, from the counts alone; reader and writer share it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/align.h"
#include "runtime/format/blob.h"

namespace nibble::format {

/// Bytes from the manifest's start.
struct TableOffsets {
  uint64_t sections, chunks, tensors, buffers, ops, self_test, strings;
  uint64_t end;  ///< of the manifest
};

constexpr uint64_t table_aligned(uint64_t offset) {
  return align_up<uint64_t>(offset, kManifestAlignBytes);
}

/// @pre the counts are within their limits: nothing can overflow then
constexpr TableOffsets table_offsets(const Manifest& manifest) {
  const uint64_t self_test_tokens =
      uint64_t{manifest.self_test_prompt_count} + manifest.self_test_generated_count;
  TableOffsets at{};
  at.sections = sizeof(Manifest);
  at.chunks = at.sections + sizeof(SectionRecord) * uint64_t{manifest.section_count};
  at.tensors = at.chunks + sizeof(ChunkRecord) * uint64_t{manifest.chunk_count};
  at.buffers = at.tensors + sizeof(TensorRecord) * uint64_t{manifest.tensor_count};
  at.ops = at.buffers + sizeof(BufferRecord) * uint64_t{manifest.buffer_count};
  at.self_test = at.ops + sizeof(OpRecord) * uint64_t{manifest.op_count};
  at.strings = table_aligned(at.self_test + sizeof(uint32_t) * self_test_tokens);
  at.end = table_aligned(at.strings + manifest.string_bytes);
  return at;
}
// Only these two tables can end off the alignment.
static_assert(sizeof(Manifest) % 8 == 0 && sizeof(SectionRecord) % 8 == 0 &&
              sizeof(ChunkRecord) % 8 == 0 && sizeof(TensorRecord) % 8 == 0 &&
              sizeof(BufferRecord) % 8 == 0 && sizeof(OpRecord) % 8 == 0);

/// The offset of each table of section Tokenizer, in the order of blob.h.
struct TokenizerOffsets {
  uint64_t ranks, byte_tokens, slots, added, normalization, merges, types, added_rules, class_runs,
      chat, pool;
  uint64_t end;  ///< Uncompressed bytes of the section.
};
/// @pre the fields are within their limits
constexpr TokenizerOffsets tokenizer_offsets(const Manifest& manifest) {
  const uint64_t vocabulary = manifest.vocabulary;
  const bool has_merges = (manifest.tokenizer_flags & kPairMerges) != 0;
  TokenizerOffsets at{};
  at.ranks = (vocabulary + 1) * sizeof(uint32_t);
  at.byte_tokens = at.ranks + vocabulary * sizeof(uint32_t);
  at.slots = at.byte_tokens + 256 * sizeof(uint32_t);
  at.added = at.slots + manifest.hash_slots * sizeof(uint32_t);
  at.normalization = at.added + manifest.added_tokens * sizeof(uint32_t);
  at.merges = at.normalization + manifest.normalization_bytes;
  at.types = at.merges + (has_merges ? vocabulary * sizeof(uint16_t) : 0);
  at.added_rules = at.types + vocabulary;
  at.class_runs = at.added_rules + manifest.added_tokens;
  at.chat = at.class_runs + kClassRunBytes * uint64_t{manifest.class_runs};
  at.pool = at.chat + manifest.chat_bytes;
  at.end = at.pool + manifest.piece_pool_bytes;
  return at;
}

/// Whether a blob needs kTokenizerFeature.
constexpr bool has_tokenizer_feature(const Manifest& manifest) {
  const uint32_t tables = manifest.added_tokens | manifest.class_runs |
                          manifest.normalization_bytes | manifest.chat_bytes | manifest.chat_flags;
  return manifest.tokenizer_kind != 0 || manifest.tokenizer_flags >= kPairMerges ||
         manifest.split_steps[0] != 0 || tables != 0;
}

/// Chunks of a section.
constexpr uint64_t chunk_count(uint64_t uncompressed_bytes) {
  return uncompressed_bytes / kChunkUncompressedBytes +
         (uncompressed_bytes % kChunkUncompressedBytes != 0);
}

}  // namespace nibble::format
