// Logits to the next token, the same token on every machine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>
#include <nibble/tokenizer.h>

namespace nibble {

struct Kernels;

/// The thousandths that a setting may have, both ends included.
struct MilliRange {
  uint32_t least, most;
  constexpr bool holds(uint32_t milli) const { return least <= milli && milli <= most; }
};
inline constexpr MilliRange kTemperatureRange{0, 100'000};
inline constexpr MilliRange kTopPRange{1, 1000};
inline constexpr MilliRange kMinPRange{0, 1000};
inline constexpr MilliRange kRepeatPenaltyRange{100, 10'000};

/// Applied in this order: repeat penalty, temperature, top-k, softmax, top-p, min-p, draw.
/// Settings are in thousandths, so that code built without FP registers can fill them in.
struct SamplerConfig {
  uint32_t temperature_milli = 0;        ///< 0: the largest logit, lowest id among equals.
  uint32_t top_k = 0;                    ///< 0: off
  uint32_t top_p_milli = 1000;           ///< 1000: off
  uint32_t min_p_milli = 0;              ///< 0: off
  uint32_t repeat_penalty_milli = 1000;  ///< 1000: off
  uint32_t repeat_window_tokens = 64;    ///< How much of the history the penalty looks at.
  uint64_t seed = 0;                     ///< Equal seeds draw equal tokens from equal logits.
};

class Sampler {
 public:
  /// Bytes of workspace for a vocabulary; nothing stays in it from one pick() to the next.
  /// @returns bytes | BadArgument (no vocabulary, or one beyond the format's limit)
  static Result<size_t> workspace_bytes(uint32_t vocabulary);

  /// @param workspace  64-byte aligned, workspace_bytes(vocabulary); outlives the sampler
  /// @returns a sampler | BadArgument (a setting or the vocabulary is out of range) |
  ///          ArenaTooSmall (where = bytes needed) | ArenaMisaligned
  static Result<Sampler> create(const SamplerConfig& config, uint32_t vocabulary,
                                const Kernels& kernels, MutableBytes workspace);

  /// @param logits   [vocabulary], not changed; NaN counts as −infinity; if all are, token 0
  /// @param history  tokens so far, newest last; ids are below the vocabulary
  /// Cost: O(n) at temperature 0 or without top-k and top-p, else O(n log n) at worst.
  Token pick(Span<const float> logits, Span<const Token> history);
  /// ln of the probability that the softmax of the logits gives a token, whatever the settings.
  /// @param logits  [vocabulary], not changed; NaN counts as −infinity
  /// @param token   below the vocabulary
  /// @returns millionths of a nat, at most 0; not below −1000 nats less ln(vocabulary)
  /// Cost: O(n).
  int64_t log_likelihood(Span<const float> logits, Token token);

  /// The same in parts of some ten microseconds, for who has to do something else in between. What
  /// is begun drops what was begun before; the arguments have to stay until it is done.
  void begin_pick(Span<const float> logits, Span<const Token> history);
  void begin_log_likelihood(Span<const float> logits, Token token);
  /// Does the next part of what was begun. @returns whether it is done
  bool step();
  Token picked() const { return progress_.token; }  ///< After begin_pick().
  int64_t micro_nats() const;                       ///< After begin_log_likelihood().

  /// Begins the random numbers anew, from the seed.
  void restart() { random_state_ = config_.seed; }

 private:
  friend class Result<Sampler>;  // default-constructs
  friend class SamplerPhases;    // does the work
  Sampler() = default;
  void begin(uint32_t phases);

  /// What was begun, and how far it is. As small as can be: it is on the self-test's stack.
  struct Progress {
    const float* logits = nullptr;  ///< [vocabulary]
    const Token* recent = nullptr;  ///< [recent_count]
    uint32_t recent_count = 0;
    uint32_t phases = 0;  ///< Bits of those to come; none: it is done.
    Token token = 0;      ///< The one that is drawn, or looked at.
    uint32_t next = 0;    ///< The phase has done all elements before.
    uint32_t count = 0;   ///< Candidates.
    uint32_t kept = 0;    ///< Those of them that the phase keeps, so far.
    uint32_t limit = 0;   ///< Of `kept`.
    float largest = 0;
    double sum = 0;
    double enough = 0;  ///< Of `sum`.
  };

  SamplerConfig config_{};
  uint32_t vocabulary_ = 0;
  const Kernels* kernels_ = nullptr;
  float* values_ = nullptr;  // [vocabulary padded to 8]
  Token* ids_ = nullptr;     // [vocabulary padded to 8]
  uint64_t random_state_ = 0;
  Progress progress_;
};

}  // namespace nibble
