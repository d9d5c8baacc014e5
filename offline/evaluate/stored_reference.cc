// Runs every op but the last, and the last one again when it is asked for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/stored_reference.h"

#include "offline/host/parallel.h"

namespace nibble::offline {
namespace {

std::vector<std::vector<Token>> all_windows(const LoadedModel& model, const ScoreProtocol& protocol,
                                            std::span<const Token> text) {
  const Token begin_token = model.model().tokenizer().begin_of_text();
  std::vector<std::vector<Token>> windows;
  for (const Window& window : plan_windows(text.size(), protocol)) {
    windows.push_back(tokens_of(window, text, protocol, begin_token).tokens);
  }
  return windows;
}

SessionConfig window_session(const ScoreProtocol& protocol) {
  SessionConfig config;
  config.context_tokens = config.batch_tokens = config.logit_rows = protocol.window_tokens;
  return config;
}

}  // namespace

StoredReference::StoredReference(const LoadedModel& model, const ScoreProtocol& protocol,
                                 std::span<const Token> text, unsigned threads,
                                 const std::function<void(double)>& progress)
    : windows_(all_windows(model, protocol, text)),
      inputs_(windows_.size()),
      session_(model, window_session(protocol)) {
  const auto last = static_cast<uint32_t>(session_.ops().size()) - 1;
  run_tasks(
      windows_.size(),
      [&](size_t i) {
        TracedSession session(model, window_session(protocol));
        session.start(windows_[i]);
        session.run_ops(0, last);
        inputs_[i] = session.read_buffer(session.ops()[last].input[0]);
      },
      [&](size_t done) {
        if (progress) progress(static_cast<double>(done) / static_cast<double>(windows_.size()));
      },
      threads);
}

std::vector<float> StoredReference::logits(size_t window) {
  const auto last = static_cast<uint32_t>(session_.ops().size()) - 1;
  session_.start(windows_[window]);
  session_.write_buffer(session_.ops()[last].input[0], inputs_[window]);
  session_.run_ops(last, last + 1);
  return session_.read_buffer(session_.ops()[last].output);
}

}  // namespace nibble::offline
