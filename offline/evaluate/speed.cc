// Times prefill and decode over the same tokens, repeat after repeat.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/speed.h"

#include <nibble/self_test.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <utility>

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

std::vector<Token> pseudo_random_tokens(uint32_t count, uint32_t vocabulary) {
  std::vector<Token> tokens(count);
  uint64_t state = 1;
  for (Token& token : tokens) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    token = static_cast<Token>((state >> 33) % vocabulary);
  }
  return tokens;
}

/// One session, or all of a batch; they are stepped together.
struct Stepped {
  std::vector<Session*> sessions;
  std::function<Result<Progress>()> step;
};

Stepped stepped(Session& session) {
  return {{&session}, [&session] { return session.step(Session::kAllTiles); }};
}

Stepped stepped(Batch& batch) {
  std::vector<Session*> sessions(batch.session_count());
  for (uint32_t i = 0; i < sessions.size(); ++i) sessions[i] = &batch.session(i);
  return {sessions, [&batch] { return batch.step(Session::kAllTiles); }};
}

class SpeedRun {
 public:
  SpeedRun(Stepped stepped, const SpeedOptions& options, const std::string& blob_name)
      : stepped_(std::move(stepped)), options_(options), name_(blob_name) {
    const Session& first = *stepped_.sessions.front();
    const uint32_t longest =
        options.depth_tokens + std::max(options.prefill_tokens, options.decode_tokens);
    if (longest > first.context_tokens()) {
      throw InputError(name_, "its context of " + std::to_string(first.context_tokens()) +
                                  " tokens is shorter than the " + std::to_string(longest) +
                                  " to measure; give a larger --context or fewer tokens");
    }
    tokens_ = pseudo_random_tokens(longest, first.model().shape().vocabulary);
  }

  /// Tokens per second, or 0 when there are none to do.
  double prefill(std::vector<LogitsDigest>* digests) {
    return_to_depth();
    const Stopwatch watch;
    compute(options_.depth_tokens, options_.prefill_tokens, digests);
    return rate(options_.prefill_tokens, watch.seconds());
  }
  double decode(std::vector<LogitsDigest>* digests) {
    return_to_depth();
    const Stopwatch watch;
    for (uint32_t i = 0; i < options_.decode_tokens; ++i)
      compute(options_.depth_tokens + i, 1, digests);
    return rate(options_.decode_tokens, watch.seconds());
  }
  size_t session_count() const { return stepped_.sessions.size(); }

 private:
  double rate(uint32_t tokens, double seconds) const {
    return tokens == 0 ? 0 : tokens * static_cast<double>(session_count()) / seconds;
  }

  /// Drops what was measured; the positions below stay computed.
  void return_to_depth() {
    uint32_t computed = options_.depth_tokens;
    for (const Session* session : stepped_.sessions)
      computed = std::min(computed, session->position());
    for (Session* session : stepped_.sessions) value_or_throw(session->rewind(computed), name_);
    compute(computed, options_.depth_tokens - computed, nullptr);
  }

  void compute(uint32_t begin, uint32_t count, std::vector<LogitsDigest>* digests) {
    if (count == 0) return;
    for (Session* session : stepped_.sessions)
      value_or_throw(session->append({tokens_.data() + begin, count}), name_);
    std::vector<bool> is_added(digests != nullptr ? session_count() : 0);
    for (;;) {
      const Result<Progress> progress = stepped_.step();
      if (progress.error() == Error::NothingToDo) return;
      value_or_throw(progress, name_);
      if (digests != nullptr) add_new_logits(*digests, is_added);
    }
  }

  /// Logits of a batch's session stay until others have theirs.
  void add_new_logits(std::vector<LogitsDigest>& digests, std::vector<bool>& is_added) const {
    for (size_t i = 0; i < digests.size(); ++i) {
      const auto logits = stepped_.sessions[i]->logits();
      if (is_added[i] || !logits.ok()) continue;
      digests[i].add(logits.value());
      is_added[i] = true;
    }
  }

  Stepped stepped_;
  SpeedOptions options_;
  std::string name_;
  std::vector<Token> tokens_;
};

/// Hashing takes time too: it has a run of its own.
void hash_logits(SpeedRun& run, Speed& speed) {
  std::vector<LogitsDigest> digests(run.session_count());
  const Stopwatch watch;
  run.prefill(&digests);
  speed.first_token_seconds = watch.seconds();
  run.decode(&digests);
  digests.front().finish(speed.logits_sha256);
  for (size_t i = 1; i < digests.size(); ++i) {
    uint8_t sha256[LogitsDigest::kBytes];
    digests[i].finish(sha256);
    if (!std::ranges::equal(sha256, speed.logits_sha256))
      throw std::logic_error("session " + std::to_string(i) +
                             " of the batch has other logits than session 0");
  }
}

Speed measure(SpeedRun run, const SpeedOptions& options) {
  Speed speed;
  hash_logits(run, speed);
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

}  // namespace

Speed measure_speed(Session& session, const SpeedOptions& options, const std::string& blob_name) {
  return measure(SpeedRun(stepped(session), options, blob_name), options);
}

Speed measure_speed(Batch& batch, const SpeedOptions& options, const std::string& blob_name) {
  return measure(SpeedRun(stepped(batch), options, blob_name), options);
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
