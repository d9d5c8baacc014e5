// Logits to the next token, the same token on every machine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>
#include <nibble/tokenizer.h>

namespace nibble {

struct Kernels;

/// Applied in this order: repeat penalty, temperature, top-k, softmax, top-p, min-p, draw.
/// Thousandths, so that code built without FP registers can fill it.
struct SamplerConfig {
  uint32_t temperature_milli =
      0;                        ///< 0: the largest logit, lowest id among equals. At most 100000.
  uint32_t top_k = 0;           ///< 0: off
  uint32_t top_p_milli = 1000;  ///< 1 … 1000; 1000: off
  uint32_t min_p_milli = 0;     ///< 0 … 1000; 0: off
  uint32_t repeat_penalty_milli = 1000;  ///< 1000: off; 100 … 10000
  uint32_t repeat_window_tokens = 64;    ///< How much of the history the penalty looks at.
  uint64_t seed = 0;
};

class Sampler {
 public:
  /// Bytes of workspace for a vocabulary.
  static Result<size_t> workspace_bytes(uint32_t vocabulary);

  /// @param workspace  64-byte aligned, workspace_bytes(vocabulary); outlives the sampler
  /// @returns a sampler | BadArgument (a setting out of range) | ArenaTooSmall | ArenaMisaligned
  static Result<Sampler> create(const SamplerConfig& config, uint32_t vocabulary,
                                const Kernels& kernels, MutableBytes workspace);

  /// @param logits   [vocabulary], not changed; NaN counts as −infinity; if all are, token 0
  /// @param history  tokens so far, newest last; ids are below the vocabulary
  /// Cost: O(n) at temperature 0 or without top-k and top-p, else O(n log n) at worst.
  Token pick(Span<const float> logits, Span<const Token> history);

 private:
  friend class Result<Sampler>;  // default-constructs
  Sampler() = default;
  SamplerConfig config_{};
  uint32_t vocabulary_ = 0;
  const Kernels* kernels_ = nullptr;
  float* values_ = nullptr;  // [vocabulary padded to 8]
  Token* ids_ = nullptr;     // [vocabulary padded to 8]
  uint64_t random_state_ = 0;
};

}  // namespace nibble
