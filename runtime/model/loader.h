// From a blob to a model: each step uses only what the steps before it have verified.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>

#include "runtime/format/payload.h"
#include "runtime/format/reader.h"
#include "runtime/model/blob_reader.h"
#include "runtime/model/load_plan.h"
#include "runtime/model/section_chunks.h"

namespace nibble::model {

class Loader {
 public:
  Loader(const BlobSource& source, Residency residency, MutableBytes arena, MutableBytes scratch,
         const LoadConfig& config)
      : source_(source),
        residency_(residency),
        config_(config),
        blob_(source),
        plan_(source, residency),
        arena_(arena),
        scratch_(scratch) {}

  /// See Model::load().
  Result<const Model*> load();

 private:
  Status check_header();
  Result<Bytes> read_manifest(MutableBytes target);
  Result<Bytes> load_section(const format::ManifestView& view, format::SectionKind kind,
                             const ManifestSizedParts& parts, const LoadScratch& scratch);
  Status check_padding(const format::SectionLocation& location);
  Failure arena_too_small() const;

  const BlobSource& source_;
  Residency residency_;
  const LoadConfig& config_;
  BlobReader blob_;
  ResidencyPlan plan_;
  Arena arena_;
  Arena scratch_;
  format::Header header_{};
};

}  // namespace nibble::model
