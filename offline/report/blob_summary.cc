// Adds up the sizes in a manifest's tables.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/blob_summary.h"

#include <algorithm>

#include "offline/host/failure_text.h"
#include "runtime/format/layout.h"
#include "runtime/format/tables.h"

namespace nibble::offline {
namespace {

/// Index of a section's first chunk in the manifest's one list.
uint64_t first_chunk(const format::ManifestView& manifest, uint32_t section) {
  uint64_t first = 0;
  for (uint32_t i = 0; i < section; ++i) {
    first += format::chunk_count(manifest.sections()[i].uncompressed_bytes);
  }
  return first;
}

/// Uncompressed bytes of chunk `index` of a section.
uint64_t chunk_uncompressed_bytes(const format::SectionRecord& section, uint64_t index) {
  const uint64_t begin = index * format::kChunkUncompressedBytes;
  return std::min<uint64_t>(format::kChunkUncompressedBytes, section.uncompressed_bytes - begin);
}

SectionSummary summarize_section(const format::ManifestView& manifest, uint32_t index) {
  const format::SectionRecord& record = manifest.sections()[index];
  SectionSummary summary;
  summary.record = record;
  summary.chunks = format::chunk_count(record.uncompressed_bytes);
  summary.uncompressed_bytes = record.uncompressed_bytes;
  summary.blob_offset = manifest.location(record.kind).blob_offset;
  const uint64_t first = first_chunk(manifest, index);
  for (uint64_t i = 0; i < summary.chunks; ++i) {
    const format::ChunkRecord& chunk = manifest.chunks()[first + i];
    summary.stored_bytes += chunk.stored_bytes;
    summary.compressed_chunks += chunk.codec == format::Codec::Zstd;
  }
  return summary;
}

/// Stored bytes that bytes [begin, begin + bytes) of section Weights account for.
uint64_t stored_share(const format::ManifestView& manifest, uint64_t begin, uint64_t bytes) {
  const auto kind = static_cast<uint32_t>(format::SectionKind::Weights);
  const format::SectionRecord& section = manifest.sections()[kind];
  const uint64_t first = first_chunk(manifest, kind);
  double share = 0;
  for (uint64_t at = begin; at < begin + bytes;) {
    const uint64_t index = at / format::kChunkUncompressedBytes;
    const uint64_t end = std::min(begin + bytes, (index + 1) * format::kChunkUncompressedBytes);
    share += static_cast<double>(end - at) /
             static_cast<double>(chunk_uncompressed_bytes(section, index)) *
             manifest.chunks()[first + index].stored_bytes;
    at = end;
  }
  return static_cast<uint64_t>(share + 0.5);
}

TensorSummary summarize_tensor(const format::ManifestView& manifest, uint32_t index,
                               uint64_t begin) {
  TensorSummary summary;
  summary.name = string_of(manifest.tensor_name(index));
  summary.record = manifest.tensors()[index];
  summary.uncompressed_bytes = format::tensor_bytes(summary.record).total().value();
  summary.stored_bytes = stored_share(manifest, begin, summary.uncompressed_bytes);
  summary.bits_per_weight = 8.0 * static_cast<double>(summary.uncompressed_bytes) /
                            (static_cast<double>(summary.record.rows) * summary.record.columns);
  return summary;
}

void add_tensors(const format::ManifestView& manifest, BlobSummary& summary) {
  uint64_t begin = 0;
  double bits = 0;
  for (uint32_t i = 0; i < manifest.tensors().size(); ++i) {
    const TensorSummary tensor = summarize_tensor(manifest, i, begin);
    begin = Checked(begin + tensor.uncompressed_bytes).aligned(format::kAlignBytes).value();
    if (format::is_matrix(tensor.record.type)) {
      summary.weights += uint64_t{tensor.record.rows} * tensor.record.columns;
      bits += 8.0 * static_cast<double>(tensor.uncompressed_bytes);
    }
    summary.tensors.push_back(tensor);
  }
  if (summary.weights != 0) summary.bits_per_weight = bits / static_cast<double>(summary.weights);
}

}  // namespace

format::ManifestView open_manifest(Bytes blob, const std::string& where) {
  const format::Header& header = *value_or_throw(format::check_header(blob, blob.size()), where);
  const Bytes manifest = blob.slice(sizeof(format::Header), header.manifest_bytes);
  return value_or_throw(format::ManifestView::open(header, manifest), where);
}

BlobSummary summarize(const format::ManifestView& manifest) {
  BlobSummary summary;
  summary.blob_bytes = manifest.header().total_bytes;
  for (uint32_t i = 0; i < manifest.sections().size(); ++i) {
    summary.sections.push_back(summarize_section(manifest, i));
    summary.uncompressed_bytes += summary.sections.back().uncompressed_bytes;
    summary.stored_bytes += summary.sections.back().stored_bytes;
  }
  add_tensors(manifest, summary);
  return summary;
}

std::string string_of(Text text) {
  return {text.data(), text.size()};
}

}  // namespace nibble::offline
