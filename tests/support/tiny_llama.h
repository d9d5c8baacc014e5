// A two-layer Llama with random weights, built in memory: a real program, small enough to run
// often.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "tests/support/tiny_blob.h"

namespace nibble::test {

/// Width 64, two layers, 4 heads over 2 kv heads of 16, ffn 96, context 96 (default 64), over
/// tiny_model()'s vocabulary. Int8 embedding, Int4 and Int4Zero matrices in groups of 32, biased
/// queries; buffers share memory the way the packer's plan does. The self-test is not recorded.
TinyModel tiny_llama(format::Storage weights = format::Storage::Raw);

/// Indices into tiny_llama()'s buffers, tensors and ops, for tests that change one thing.
struct TinyLlama {
  // clang-format off
  enum Buffer : uint16_t {
    kHidden, kRotaryTable, kNormed, kQuery, kKey, kValue, kAttended, kMixed, kGated, kUp, kInner,
    kLast, kLastNormed, kLogits, kBuffers
  };
  enum Tensor : uint16_t { kEmbedding, kIncrements, kFirstOfLayer0 };
  enum LayerTensor : uint16_t {
    kAttentionNorm, kWq, kBq, kWk, kWv, kWo, kFfnNorm, kWgate, kWup, kWdown, kLayerTensors
  };
  static constexpr uint16_t tensor(uint32_t layer, LayerTensor which) {
    return static_cast<uint16_t>(kFirstOfLayer0 + layer * kLayerTensors + which);
  }
  enum FirstOp : uint16_t { kEmbedOp, kRotaryTableOp, kFirstLayerOp };
  enum LayerOp : uint16_t {
    kNormOp, kQueryOp, kKeyOp, kValueOp, kRotateQueryOp, kRotateKeyOp, kAppendKvOp, kAttendOp,
    kMixOp, kAttentionOutOp, kFfnNormOp, kGateOp, kUpOp, kGatedActivationOp, kDownOp, kLayerOps
  };
  static constexpr uint16_t op(uint32_t layer, LayerOp which) {
    return static_cast<uint16_t>(kFirstLayerOp + layer * kLayerOps + which);
  }
  enum LastOp : uint16_t { kGatherRowsOp = kFirstLayerOp + 2 * kLayerOps, kFinalNormOp, kHeadOp, kOps };
  // clang-format on
};

}  // namespace nibble::test
