// The smallest blob that passes the format's checks: a starting point for mutations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>

#include "offline/pack/blob_writer.h"

namespace nibble::test {

/// Contents and the section bytes they refer to.
struct TinyModel {
  offline::BlobContents contents;
  std::vector<uint8_t> tokenizer;
  std::vector<uint8_t> weights;
};

/// One layer of width 32, a vocabulary of 264, 3 tensors, 3 buffers, 2 ops; Tokenizer as zstd,
/// Weights as `weights_storage`. The pieces are the 256 bytes and eight letters' pairs.
TinyModel tiny_model(format::Storage weights_storage = format::Storage::Raw);

/// tiny_model() as a blob of a few KiB.
offline::BlobBytes tiny_blob(format::Storage weights_storage = format::Storage::Raw);

}  // namespace nibble::test
