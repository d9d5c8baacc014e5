// What a loaded model holds: the state behind the public Model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>
#include <nibble/tokenizer.h>

#include "runtime/format/blob.h"
#include "runtime/program/program.h"

namespace nibble {

/// Every Model is one of these, at the start of its arena.
struct ModelState : Model {
  ModelState() = default;
  static const ModelState& of(const Model& model) { return static_cast<const ModelState&>(model); }

  const format::Manifest* manifest = nullptr;
  program::Program program;
  const uint8_t* weights = nullptr;
  Span<const uint64_t> tensor_offsets;  ///< [program.tensors.size()], into `weights`
  Tokenizer tokenizer;
  ModelShape shape{};
  ModelStrings strings;
  SelfTest self_test;
  uint8_t identity[format::kSha256Bytes] = {};
};

}  // namespace nibble
