// The smallest blob that loads: a starting point for mutations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <vector>

#include "offline/blob/blob_writer.h"

namespace nibble::test {

/// Contents, and the section bytes that they refer to: the model must outlive build_blob().
struct TinyModel {
  offline::BlobContents contents;
  std::vector<uint8_t> tokenizer;
  std::vector<uint8_t> weights;
};

/// No layer does anything: embedding, norm and head of width 32 over a vocabulary of 260 (three
/// special tokens, 256 bytes, and "a" as a piece). Tensors of all three classes, 4 buffers, 4 ops.
/// Section Tokenizer is zstd, section Weights as asked.
TinyModel tiny_model(format::Storage weights = format::Storage::Raw);

/// tiny_model() as a blob: about 2 KiB with zstd, 12 KiB raw.
offline::BlobBytes tiny_blob(format::Storage weights = format::Storage::Raw);

}  // namespace nibble::test
