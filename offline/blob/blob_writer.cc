// Puts header, manifest and payload together; the reader's own functions give the offsets.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/blob_writer.h"

#include <cstring>
#include <stdexcept>

#include "offline/blob/chunk_packer.h"
#include "runtime/core/align.h"
#include "runtime/format/header.h"
#include "runtime/format/ops.h"
#include "runtime/format/tables.h"

namespace nibble::offline {
namespace {

using format::Header;
using format::Manifest;

uint64_t aligned(uint64_t offset) {
  return align_up<uint64_t>(offset, format::kAlignBytes);
}

std::string joined_strings(const BlobContents& contents) {
  std::string joined;
  for (const std::string& text : contents.strings) joined.append(text.c_str(), text.size() + 1);
  for (const std::string& name : contents.tensor_names)
    joined.append(name.c_str(), name.size() + 1);
  return joined;
}

Manifest counted(const BlobContents& contents, size_t string_bytes) {
  uint64_t chunks = 0;
  for (const SectionSource& section : contents.sections)
    chunks += format::chunk_count(section.bytes.size());

  Manifest manifest = contents.manifest;
  manifest.section_count = format::kSectionCount;
  manifest.chunk_count = static_cast<uint32_t>(chunks);
  manifest.tensor_count = static_cast<uint32_t>(contents.tensors.size());
  manifest.buffer_count = static_cast<uint32_t>(contents.buffers.size());
  manifest.op_count = static_cast<uint32_t>(contents.ops.size());
  manifest.self_test_prompt_count = static_cast<uint32_t>(contents.self_test_prompt.size());
  manifest.self_test_generated_count = static_cast<uint32_t>(contents.self_test_generated.size());
  manifest.string_bytes = static_cast<uint32_t>(string_bytes);
  return manifest;
}

/// Holds a blob while it grows: tables come first, then the payload.
class BlobBuilder {
 public:
  BlobBuilder(const BlobContents& contents, const BlobOptions& options)
      : contents_(contents),
        options_(options),
        strings_(joined_strings(contents)),
        manifest_(counted(contents, strings_.size())),
        at_(format::table_offsets(manifest_)) {}

  BlobBytes build() {
    reserve();
    write_tables();
    for (uint32_t kind = 0; kind < format::kSectionCount; ++kind) append_section(kind);
    write_header();
    reseal(blob_);
    return std::move(blob_);
  }

 private:
  /// Reserves room for the worst case, so that growing never copies the blob; pages that are not
  /// touched cost nothing.
  void reserve() {
    uint64_t bytes = sizeof(Header) + at_.end + format::kAlignBytes;
    for (const SectionSource& section : contents_.sections)
      bytes += section.bytes.size() + format::kAlignBytes;
    blob_.reserve(bytes);
    blob_.resize(aligned(sizeof(Header) + at_.end));
  }

  template <class T>
  void write_table(uint64_t offset, std::span<const T> records) {
    if (!records.empty())
      std::memcpy(blob_.data() + sizeof(Header) + offset, records.data(), records.size_bytes());
  }

  void write_tables() {
    write_table(0, std::span<const Manifest>(&manifest_, 1));
    write_table(at_.tensors, std::span(contents_.tensors));
    write_table(at_.buffers, std::span(contents_.buffers));
    write_table(at_.ops, std::span(contents_.ops));
    write_table(at_.self_test, std::span(contents_.self_test_prompt));
    write_table(at_.self_test + contents_.self_test_prompt.size() * sizeof(uint32_t),
                std::span(contents_.self_test_generated));
    write_table(at_.strings, std::span<const char>(strings_));
  }

  void append_section(uint32_t kind) {
    const SectionSource& section = contents_.sections[kind];
    const format::SectionRecord record{.kind = static_cast<format::SectionKind>(kind),
                                       .storage = section.storage,
                                       .uncompressed_bytes = section.bytes.size()};
    write_table(at_.sections + kind * sizeof(record), std::span(&record, 1));
    if (section.storage == format::Storage::Raw) blob_.resize(aligned(blob_.size()));
    pack_chunks(section, options_, [this](const PackedChunk& chunk) { append_chunk(chunk); });
  }

  void append_chunk(const PackedChunk& chunk) {
    write_table(at_.chunks + chunks_done_ * sizeof(chunk.record), std::span(&chunk.record, 1));
    blob_.insert(blob_.end(), chunk.stored.begin(), chunk.stored.end());
    ++chunks_done_;
    if (options_.progress) options_.progress(double(chunks_done_) / manifest_.chunk_count);
  }

  void write_header() {
    Header header{};
    std::memcpy(header.magic, format::kMagic, sizeof(header.magic));
    header.endian_tag = format::kEndianTag;
    header.version_major = format::kVersionMajor;
    header.version_minor = format::kVersionMinor;
    header.header_bytes = sizeof(Header);
    header.required_features =
        format::required_features({contents_.ops.data(), contents_.ops.size()});
    if (format::has_tokenizer_feature(manifest_))
      header.required_features |= format::kTokenizerFeature;
    header.total_bytes = blob_.size();
    header.manifest_bytes = at_.end;
    header.payload_bytes = blob_.size() - aligned(sizeof(Header) + at_.end);
    std::memcpy(blob_.data(), &header, sizeof(header));
  }

  const BlobContents& contents_;
  const BlobOptions& options_;
  const std::string strings_;
  const Manifest manifest_;
  const format::TableOffsets at_;
  BlobBytes blob_;
  uint64_t chunks_done_ = 0;
};

}  // namespace

BlobBytes build_blob(const BlobContents& contents, const BlobOptions& options) {
  if (contents.tensor_names.size() != contents.tensors.size())
    throw std::invalid_argument("build_blob: one name for each tensor is needed");
  return BlobBuilder(contents, options).build();
}

void set_self_test(std::span<uint8_t> blob, std::span<const uint32_t> generated,
                   const format::Sha256Digest& logits) {
  auto& manifest = *reinterpret_cast<Manifest*>(blob.data() + sizeof(Header));
  if (generated.size() != manifest.self_test_generated_count)
    throw std::invalid_argument("set_self_test: the blob was built for another number of tokens");
  const uint64_t offset = sizeof(Header) + format::table_offsets(manifest).self_test +
                          manifest.self_test_prompt_count * sizeof(uint32_t);
  std::memcpy(blob.data() + offset, generated.data(), generated.size_bytes());
  std::memcpy(manifest.self_test_logits_sha256, logits.bytes, sizeof(logits.bytes));
  reseal(blob);
}

void reseal(std::span<uint8_t> blob) {
  if (blob.size() < sizeof(Header)) return;
  auto& header = *reinterpret_cast<Header*>(blob.data());
  if (header.manifest_bytes > blob.size() - sizeof(Header)) return;
  const format::Sha256Digest digest =
      format::manifest_digest(header, {blob.data() + sizeof(Header), header.manifest_bytes});
  std::memcpy(header.manifest_sha256, digest.bytes, sizeof(digest.bytes));
}

}  // namespace nibble::offline
