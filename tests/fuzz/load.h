// Loads any blob the way a caller with bounded memory does.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>

#include <optional>

#include "tests/fuzz/fuzz.h"

namespace nibble::fuzz {

/// A file may ask for any amount of memory; what a caller has is bounded.
inline constexpr size_t kMostBytes = size_t{16} << 20;

/// A model in exactly the memory that was said to be needed, or none.
class Loaded {
 public:
  Loaded(const BlobSource& source, Residency residency) {
    const Result<LoadNeeds> needs = Model::needs(source, residency);
    if (!needs.ok() || needs.value().arena_bytes > kMostBytes ||
        needs.value().scratch_bytes > kMostBytes)
      return;
    arena_.emplace(needs.value().arena_bytes);
    Memory scratch(needs.value().scratch_bytes);
    const auto model = Model::load(source, residency, arena_->bytes(), scratch.bytes());
    claim(model.error() != Error::ArenaTooSmall, "needs() says what load() needs");
    error_ = model.error();
    if (model.ok()) model_ = model.value();
  }

  const Model* model() const { return model_; }
  Error error() const { return error_; }

 private:
  std::optional<Memory> arena_;
  const Model* model_ = nullptr;
  Error error_ = Error::BadArgument;
};

}  // namespace nibble::fuzz
