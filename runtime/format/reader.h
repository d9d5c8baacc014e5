// A view of a blob's manifest: its tables as spans, after everything in them was checked.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/format/blob.h"
#include "runtime/format/header.h"

namespace nibble::format {

/// Checks what is needed to size memory: header, counts, hyper-parameters, section sizes. The
/// manifest's hash is not compared yet, so these figures are good for nothing but memory sizes.
/// @param first_bytes  at least sizeof(Prefix), unless the blob is shorter; 8-byte aligned
/// @returns a view of `first_bytes` | any error of check_header() | BadCount | ReservedNotZero |
///          BadHyperparameter | BadSection
Result<const Prefix*> check_prefix(Bytes first_bytes, uint64_t blob_bytes);

/// Where a section's payload is stored in the blob.
struct SectionLocation {
  uint64_t blob_offset = 0;
  uint64_t stored_bytes = 0;
  uint32_t padding_bytes = 0;  ///< zeros right before it
};

class ManifestView {
 public:
  /// Verifies the manifest's hash, then every record but the ops (program/ does those).
  /// @param header    has passed check_header()
  /// @param manifest  header.manifest_bytes, 8-byte aligned; header and manifest outlive the view
  /// @returns a view | ManifestHash | any error of status.h's manifest group | BadLength |
  ///          ReservedNotZero | PaddingNotZero
  /// Cost: one SHA-256 pass over the manifest, linear checks.
  static Result<ManifestView> open(const Header& header, Bytes manifest);

  const Header& header() const { return *header_; }
  const Manifest& record() const { return *record_; }
  /// SHA-256 of header and manifest: the blob's identity.
  Bytes identity() const { return {header_->manifest_sha256, kSha256Bytes}; }

  Span<const SectionRecord> sections() const { return sections_; }
  Span<const ChunkRecord> chunks() const { return chunks_; }  ///< of all sections, in order
  Span<const TensorRecord> tensors() const { return tensors_; }
  Span<const BufferRecord> buffers() const { return buffers_; }
  Span<const OpRecord> ops() const { return ops_; }  ///< not verified here
  Span<const uint32_t> self_test_prompt() const;
  Span<const uint32_t> self_test_generated() const;

  /// Without the terminating zero. Cost: linear in the strings before it.
  Text string(StringIndex index) const;
  /// @pre tensor < tensors().size()
  Text tensor_name(uint32_t tensor) const;

  const SectionRecord& section(SectionKind kind) const;
  SectionLocation location(SectionKind kind) const;

 private:
  ManifestView() = default;
  template <class T>
  friend class nibble::Result;
  void carve(Bytes manifest);
  Status check_tables(Bytes manifest) const;
  Status locate_sections();
  Text string_at(uint32_t index) const;

  const Header* header_ = nullptr;
  const Manifest* record_ = nullptr;
  Span<const SectionRecord> sections_;
  Span<const ChunkRecord> chunks_;
  Span<const TensorRecord> tensors_;
  Span<const BufferRecord> buffers_;
  Span<const OpRecord> ops_;
  Span<const uint32_t> self_test_;
  Text strings_;
  SectionLocation locations_[kSectionCount];
};

}  // namespace nibble::format
