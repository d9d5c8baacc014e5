// Opening a manifest: hash first, then parse, in the order docs/FORMAT.md gives.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/reader.h"

#include "runtime/format/check.h"
#include "runtime/format/payload.h"
#include "runtime/format/tables.h"

namespace nibble::format {
namespace {

constexpr uint32_t index_of(SectionKind kind) {
  return static_cast<uint32_t>(kind);
}

template <class T>
Span<const T> table_at(Bytes manifest, uint64_t offset, uint32_t count) {
  return {reinterpret_cast<const T*>(manifest.data() + offset), count};
}

/// Zeros between tables: [end of one, begin of the next).
Status check_gap(Bytes manifest, uint64_t begin, uint64_t end) {
  return check_padding(manifest.slice(begin, end - begin), sizeof(Header) + begin);
}

}  // namespace

Result<const Prefix*> check_prefix(Bytes first_bytes, uint64_t blob_bytes) {
  NIBBLE_TRY(check_header(first_bytes, blob_bytes));
  if (first_bytes.size() < sizeof(Prefix)) return Failure{Error::Truncated, sizeof(Prefix)};
  const auto& prefix = *reinterpret_cast<const Prefix*>(first_bytes.data());
  NIBBLE_TRY(check_counts(prefix.manifest));
  NIBBLE_TRY(check_hyperparameters(prefix.manifest));
  NIBBLE_TRY(check_sections(prefix.sections, prefix.manifest));
  return &prefix;
}

Result<ManifestView> ManifestView::open(const Header& header, Bytes manifest) {
  if (manifest.size() != header.manifest_bytes) return Error::BadArgument;
  if (!(manifest_digest(header, manifest) == header.manifest_sha256)) return Error::ManifestHash;

  ManifestView view;
  view.header_ = &header;
  view.record_ = reinterpret_cast<const Manifest*>(manifest.data());
  NIBBLE_TRY(check_counts(view.record()));
  if (table_offsets(view.record()).end != manifest.size())
    return Failure{Error::BadLength, offsetof(Header, manifest_bytes)};
  view.carve(manifest);
  NIBBLE_TRY(view.check_tables(manifest));
  NIBBLE_TRY(view.locate_sections());
  return view;
}

void ManifestView::carve(Bytes manifest) {
  const TableOffsets at = table_offsets(*record_);
  sections_ = table_at<SectionRecord>(manifest, at.sections, record_->section_count);
  chunks_ = table_at<ChunkRecord>(manifest, at.chunks, record_->chunk_count);
  tensors_ = table_at<TensorRecord>(manifest, at.tensors, record_->tensor_count);
  buffers_ = table_at<BufferRecord>(manifest, at.buffers, record_->buffer_count);
  ops_ = table_at<OpRecord>(manifest, at.ops, record_->op_count);
  self_test_ = table_at<uint32_t>(
      manifest, at.self_test, record_->self_test_prompt_count + record_->self_test_generated_count);
  strings_ = table_at<char>(manifest, at.strings, record_->string_bytes);
}

Status ManifestView::check_tables(Bytes manifest) const {
  const TableOffsets at = table_offsets(*record_);
  NIBBLE_TRY(check_gap(manifest, at.self_test + self_test_.size() * sizeof(uint32_t), at.strings));
  NIBBLE_TRY(check_gap(manifest, at.strings + strings_.size(), at.end));
  NIBBLE_TRY(check_hyperparameters(*record_));
  const bool is_announced = (header_->required_features & kTokenizerFeature) != 0;
  if (has_tokenizer_feature(*record_) && !is_announced)
    return Failure{Error::BadHyperparameter, sizeof(Header) + offsetof(Manifest, tokenizer_kind)};
  NIBBLE_TRY(check_sections(sections_, *record_));
  NIBBLE_TRY(check_chunks(chunks_, sections_));
  NIBBLE_TRY(check_tensors(tensors_, *record_, section(SectionKind::Weights)));
  NIBBLE_TRY(check_buffers(buffers_));
  NIBBLE_TRY(check_self_test(self_test_, *record_));
  return check_strings(strings_, kStringCount + record_->tensor_count);
}

Status ManifestView::locate_sections() {
  Checked end = sizeof(Header) + header_->manifest_bytes;
  uint64_t chunk = 0;
  for (const SectionRecord& section : sections_) {
    const bool aligned = section.storage == Storage::Raw || index_of(section.kind) == 0;
    const Checked begin = aligned ? end.aligned(kAlignBytes) : end;
    SectionLocation& location = locations_[index_of(section.kind)];
    location.padding_bytes = static_cast<uint32_t>(begin.value() - end.value());
    location.blob_offset = begin.value();
    for (const uint64_t past = chunk + chunk_count(section.uncompressed_bytes); chunk < past;
         ++chunk)
      location.stored_bytes += chunks_[chunk].stored_bytes;
    end = begin + location.stored_bytes;
  }
  if (!end.at_most(header_->total_bytes) || end.value() != header_->total_bytes)
    return Failure{Error::BadLength, offsetof(Header, payload_bytes)};
  return {};
}

Span<const uint32_t> ManifestView::self_test_prompt() const {
  return self_test_.first(record_->self_test_prompt_count);
}

Span<const uint32_t> ManifestView::self_test_generated() const {
  return self_test_.from(record_->self_test_prompt_count);
}

Text ManifestView::string(StringIndex index) const {
  return string_at(static_cast<uint32_t>(index));
}

Text ManifestView::tensor_name(uint32_t tensor) const {
  return string_at(kStringCount + tensor);
}

Text ManifestView::string_at(uint32_t index) const {
  size_t begin = 0;
  for (; index != 0; ++begin)
    if (strings_[begin] == 0) --index;
  size_t end = begin;
  while (strings_[end] != 0) ++end;
  return strings_.slice(begin, end - begin);
}

const SectionRecord& ManifestView::section(SectionKind kind) const {
  return sections_[index_of(kind)];
}

SectionLocation ManifestView::location(SectionKind kind) const {
  return locations_[index_of(kind)];
}

}  // namespace nibble::format
