// One loop for one session and for a batch of them: what steps them is all that differs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/requests.h"

#include <nibble/sampler.h>

#include <algorithm>
#include <chrono>

#include "offline/evaluate/pseudo_random_tokens.h"
#include "offline/evaluate/stepped_sessions.h"
#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_between(Clock::time_point start, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - start).count();
}

/// Draws the likeliest token, for all sessions in turn.
class GreedySampler {
 public:
  GreedySampler(const Session& session, const std::string& where)
      : vocabulary_(session.model().shape().vocabulary),
        workspace_(value_or_throw(Sampler::workspace_bytes(vocabulary_), where)),
        sampler_(value_or_throw(
            Sampler::create({}, vocabulary_, session.kernels(), workspace_.bytes()), where)) {}
  Token pick(Span<const float> logits) { return sampler_.pick(logits, {}); }

 private:
  uint32_t vocabulary_;
  HostMemory workspace_;
  Sampler sampler_;
};

struct Request {
  Session* session = nullptr;
  std::vector<Token> prompt;
  Token drawn = 0;
  uint32_t new_tokens = 0;
};

class RequestRun {
 public:
  RequestRun(const LoadedModel& model, SteppedSessions stepped, const RequestPlan& plan)
      : name_(model.name()),
        plan_(plan),
        stepped_(std::move(stepped)),
        sampler_(*stepped_.sessions[0], name_) {
    const uint32_t vocabulary = model.model().shape().vocabulary;
    for (Session* const session : stepped_.sessions) {
      requests_.push_back(
          {session, pseudo_random_tokens(plan.prompt_tokens, vocabulary, requests_.size() + 1)});
    }
  }

  void run(RequestTimes& times) {
    for (Request& request : requests_) restart(request);
    start_ = Clock::now();
    draw_until(1);
    const Clock::time_point all_begun = Clock::now();
    for (uint32_t tokens = 2; tokens <= plan_.new_tokens; ++tokens) {
      for (Request& request : requests_) append(request, {&request.drawn, 1});
      draw_until(tokens);
    }
    const double prefill_ms = milliseconds_between(start_, all_begun);
    const double decode_ms = milliseconds_between(all_begun, Clock::now());
    const double requests = plan_.batch_size;
    times.prefill_rates.push_back(1000 * requests * plan_.prompt_tokens / prefill_ms);
    times.decode_rates.push_back(1000 * requests * (plan_.new_tokens - 1) / decode_ms);
    add(first_token_ms_, times.first_token_ms);
    add(latency_ms_, times.latency_ms);
  }

 private:
  void restart(Request& request) {
    value_or_throw(request.session->rewind(0), name_);
    request.new_tokens = 0;
    append(request, {request.prompt.data(), request.prompt.size()});
  }
  void append(Request& request, Span<const Token> tokens) {
    value_or_throw(request.session->append(tokens), name_);
  }

  /// Until every reply has so many tokens.
  void draw_until(uint32_t tokens) {
    size_t waiting = requests_.size();
    while (waiting > 0) {
      value_or_throw(stepped_.step(), name_);
      for (Request& request : requests_) waiting -= draw(request, tokens);
    }
  }

  /// @returns 1 where it has the token only now
  size_t draw(Request& request, uint32_t tokens) {
    if (request.new_tokens == tokens || request.session->queued_tokens() > 0) return 0;
    const Result<Span<const float>> logits = request.session->logits();
    if (!logits.ok()) return 0;
    request.drawn = sampler_.pick(logits.value());
    request.new_tokens = tokens;
    const double now_ms = milliseconds_between(start_, Clock::now());
    if (tokens == 1) first_token_ms_.push_back(now_ms);
    if (tokens == plan_.new_tokens) latency_ms_.push_back(now_ms);
    return 1;
  }

  static void add(std::vector<double>& samples, std::vector<double>& all) {
    all.insert(all.end(), samples.begin(), samples.end());
    samples.clear();
  }

  std::string name_;
  RequestPlan plan_;
  SteppedSessions stepped_;
  GreedySampler sampler_;
  std::vector<Request> requests_;
  Clock::time_point start_;
  std::vector<double> first_token_ms_, latency_ms_;
};

void require_context(const LoadedModel& model, const SessionConfig& session,
                     const RequestPlan& plan) {
  const ModelShape& shape = model.model().shape();
  const uint32_t context =
      session.context_tokens == 0 ? shape.default_context_tokens : session.context_tokens;
  const uint64_t wanted = uint64_t{plan.prompt_tokens} + plan.new_tokens - 1;
  if (wanted <= context) return;
  throw InputError(model.name(), "has a context of " + std::to_string(context) + " tokens, and " +
                                     std::to_string(wanted) +
                                     " are needed; give less --prompt-tokens or --new-tokens");
}

RequestTimes time_runs(RequestRun run, const RequestPlan& plan) {
  RequestTimes warming, times;
  for (uint32_t i = 0; i < plan.warmups; ++i) run.run(warming);
  for (uint32_t i = 0; i < plan.runs; ++i) run.run(times);
  return times;
}

}  // namespace

SessionConfig batch_session(SessionConfig session, uint32_t batch_size) {
  session.batch_tokens = std::max(session.batch_tokens, batch_size);
  return session;
}

RequestTimes time_requests(const LoadedModel& model, const SessionConfig& session,
                           const RequestPlan& plan) {
  require_context(model, session, plan);
  if (plan.batch_size == 1) {
    const HostSession alone(model, session);
    return time_runs(RequestRun(model, stepped(*alone), plan), plan);
  }
  const HostBatch batch(model, {batch_session(session, plan.batch_size), plan.batch_size});
  return time_runs(RequestRun(model, stepped(*batch), plan), plan);
}

}  // namespace nibble::offline
