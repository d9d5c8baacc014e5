// Checks of the manifest's tables: sections, chunks, tensors, buffers, self-test.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/check.h"
#include "runtime/format/payload.h"
#include "runtime/format/tables.h"

namespace nibble::format {
namespace {

bool is_good_shape(const TensorRecord& tensor) {
  if (tensor.rows == 0 || tensor.rows > kMaxRows) return false;
  if (tensor.columns == 0 || tensor.columns > kMaxColumns) return false;
  return is_matrix(tensor.type) || tensor.rows == 1;
}

bool is_good_tensor(const TensorRecord& tensor, uint32_t layers) {
  if (static_cast<uint32_t>(tensor.type) >= kTensorTypeCount) return false;
  if (tensor.layer != kNoLayer && tensor.layer >= layers) return false;
  if (tensor.reserved != 0) return false;
  const bool good_group = is_quantized(tensor.type) ? is_group(tensor.group) : tensor.group == 0;
  return good_group && is_good_shape(tensor);
}

bool is_good_buffer(const BufferRecord& buffer) {
  if (buffer.type > BufferType::Int8 || buffer.rows > BufferRows::Logit) return false;
  if (buffer.reserved != 0) return false;
  if (buffer.width == 0 || buffer.width > kMaxColumns) return false;
  if (buffer.row_offset_bytes % kAlignBytes != 0) return false;
  return buffer.type == BufferType::Int8 ? is_group(buffer.group) : buffer.group == 0;
}

bool is_good_chunk(const ChunkRecord& chunk, uint64_t uncompressed_bytes, Storage storage) {
  switch (chunk.codec) {
    case Codec::None:
      return chunk.stored_bytes == uncompressed_bytes &&
             __builtin_memcmp(chunk.stored_sha256, chunk.uncompressed_sha256, kSha256Bytes) == 0;
    case Codec::Zstd:
      return storage == Storage::Zstd && chunk.stored_bytes != 0 &&
             chunk.stored_bytes < uncompressed_bytes;
  }
  return false;
}

}  // namespace

Status check_sections(Span<const SectionRecord> sections, const Manifest& manifest) {
  uint64_t chunks = 0;
  for (uint32_t i = 0; i < kSectionCount; ++i) {
    const SectionRecord& section = sections[i];
    if (static_cast<uint32_t>(section.kind) != i || section.storage > Storage::Zstd ||
        section.uncompressed_bytes == 0 ||
        section.uncompressed_bytes > uint64_t{kMaxChunks} * kChunkUncompressedBytes)
      return Failure{Error::BadSection, i};
    chunks += chunk_count(section.uncompressed_bytes);
  }
  if (sections[0].uncompressed_bytes != tokenizer_offsets(manifest).end)
    return Failure{Error::BadSection, 0};
  if (chunks != manifest.chunk_count)
    return Failure{Error::BadCount, sizeof(Header) + offsetof(Manifest, chunk_count)};
  return {};
}

Status check_chunks(Span<const ChunkRecord> chunks, Span<const SectionRecord> sections) {
  uint32_t index = 0;
  for (const SectionRecord& section : sections) {
    for (uint64_t left = section.uncompressed_bytes; left != 0; ++index) {
      const uint64_t uncompressed_bytes =
          left < kChunkUncompressedBytes ? left : kChunkUncompressedBytes;
      if (!is_good_chunk(chunks[index], uncompressed_bytes, section.storage))
        return Failure{Error::BadChunk, index};
      left -= uncompressed_bytes;
    }
  }
  return {};
}

Status check_tensors(Span<const TensorRecord> tensors, const Manifest& manifest,
                     const SectionRecord& weights) {
  for (size_t i = 0; i < tensors.size(); ++i)
    if (!is_good_tensor(tensors[i], manifest.layers)) return Failure{Error::BadTensor, i};
  const uint64_t bytes = NIBBLE_TRY(tensor_offsets(tensors, {}));
  if (bytes != weights.uncompressed_bytes)
    return Failure{Error::BadSection, static_cast<uint32_t>(SectionKind::Weights)};
  return {};
}

Status check_buffers(Span<const BufferRecord> buffers) {
  for (size_t i = 0; i < buffers.size(); ++i)
    if (!is_good_buffer(buffers[i])) return Failure{Error::BadBuffer, i};
  return {};
}

Status check_self_test(Span<const uint32_t> tokens, const Manifest& manifest) {
  if (tokens.size() > manifest.context_tokens)
    return Failure{Error::BadSelfTest, manifest.context_tokens};
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] >= manifest.vocabulary) return Failure{Error::BadSelfTest, i};
  return {};
}

}  // namespace nibble::format
