// Times prefill and decode over the same tokens, repeat after repeat.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/speed.h"

#include <nibble/self_test.h>

#include <algorithm>
#include <chrono>

#include "offline/evaluate/pseudo_random_tokens.h"
#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class SpeedRun {
 public:
  SpeedRun(Session& session, const SpeedOptions& options, const std::string& blob_name)
      : session_(session), options_(options), name_(blob_name) {
    const uint32_t longest =
        options.depth_tokens + std::max(options.prefill_tokens, options.decode_tokens);
    if (longest > session.context_tokens()) {
      throw InputError(name_, "its context of " + std::to_string(session.context_tokens()) +
                                  " tokens is shorter than the " + std::to_string(longest) +
                                  " to measure; give a larger --context or fewer tokens");
    }
    tokens_ = pseudo_random_tokens(longest, session.model().shape().vocabulary);
  }

  /// Tokens per second, or 0 when there are none to do.
  double prefill(LogitsDigest* digest) {
    return_to_depth();
    const Stopwatch watch;
    compute(options_.depth_tokens, options_.prefill_tokens, digest);
    return rate(options_.prefill_tokens, watch.seconds());
  }
  double decode(LogitsDigest* digest) {
    return_to_depth();
    const Stopwatch watch;
    for (uint32_t i = 0; i < options_.decode_tokens; ++i)
      compute(options_.depth_tokens + i, 1, digest);
    return rate(options_.decode_tokens, watch.seconds());
  }

 private:
  static double rate(uint32_t tokens, double seconds) { return tokens == 0 ? 0 : tokens / seconds; }

  /// Drops what was measured; the positions below stay computed.
  void return_to_depth() {
    const uint32_t computed = std::min(session_.position(), options_.depth_tokens);
    value_or_throw(session_.rewind(computed), name_);
    compute(computed, options_.depth_tokens - computed, nullptr);
  }
  void compute(uint32_t begin, uint32_t count, LogitsDigest* digest) {
    if (count == 0) return;
    const Span<const float> logits =
        value_or_throw(session_.prefill({tokens_.data() + begin, count}), name_);
    if (digest != nullptr) digest->add(logits);
  }

  Session& session_;
  SpeedOptions options_;
  std::string name_;
  std::vector<Token> tokens_;
};

}  // namespace

Speed measure_speed(Session& session, const SpeedOptions& options, const std::string& blob_name) {
  SpeedRun run(session, options, blob_name);
  Speed speed;
  const Stopwatch watch;
  LogitsDigest digest;  // hashing takes time too: it has a run of its own
  run.prefill(&digest);
  speed.first_token_seconds = watch.seconds();
  run.decode(&digest);
  digest.finish(speed.logits_sha256);
  for (uint32_t i = 0; i < options.warmups; ++i) {
    run.prefill(nullptr);
    run.decode(nullptr);
  }
  for (uint32_t i = 0; i < options.repeats; ++i) {
    speed.prefill.push_back(run.prefill(nullptr));
    speed.decode.push_back(run.decode(nullptr));
  }
  return speed;
}

double sample_quantile(std::vector<double> samples, double share) {
  std::sort(samples.begin(), samples.end());
  const double place = share * static_cast<double>(samples.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, samples.size() - 1);
  const double part = place - static_cast<double>(below);
  return samples[below] * (1 - part) + samples[above] * part;
}

}  // namespace nibble::offline
