// Adds the options and resolves what they leave open.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/protocol_options.h"

#include <algorithm>

#include "offline/cli/command.h"
#include "offline/cli/session_options.h"
#include "offline/files/input_error.h"
#include "runtime/format/blob.h"

namespace nibble::offline {
namespace {

/// The smallest of the blobs' default contexts.
uint32_t default_window(const std::vector<std::unique_ptr<LoadedModel>>& models) {
  uint32_t window = format::kMaxContextTokens;
  for (const auto& model : models) {
    window = std::min(window, model->model().shape().default_context_tokens);
  }
  return window;
}

void require_windows(const ScoreProtocol& protocol) {
  if (protocol.window_tokens < 2) {
    throw UsageError("--window: the default context of the blobs is less than 2; give 2 or more");
  }
  if (protocol.resolved_stride() <= protocol.text_tokens()) return;
  throw UsageError("--stride " + std::to_string(protocol.stride_tokens) + ": a window has " +
                   std::to_string(protocol.text_tokens()) +
                   " tokens of the text; give at most that, or 0 for no overlap");
}

}  // namespace

void add_protocol_options(CLI::App& command, ScoreProtocol& protocol) {
  command
      .add_option("--window", protocol.window_tokens,
                  "Positions in a window; default: the blob's default context")
      ->check(CLI::Range(2u, format::kMaxContextTokens));
  command
      .add_option("--stride", protocol.stride_tokens,
                  "Tokens between the starts of windows; 0: no overlap")
      ->check(CLI::Range(0u, format::kMaxContextTokens))
      ->capture_default_str();
  command.add_option("--windows", protocol.max_windows, "Score at most this many windows; 0: all")
      ->check(CLI::Range(0u, ~0u))
      ->capture_default_str();
  command.add_flag("--bos,!--no-bos", protocol.begin_token,
                   "Start each window with the begin token");
}

ScoreProtocol resolve_protocol(const ScoreProtocol& asked,
                               const std::vector<std::unique_ptr<LoadedModel>>& models) {
  ScoreProtocol protocol = asked;
  if (asked.window_tokens == 0) protocol.window_tokens = default_window(models);
  for (const auto& model : models) {
    require_positions("--window", protocol.window_tokens, model->name(),
                      model->model().shape().context_tokens);
    if (asked.begin_token && model->model().tokenizer().begin_of_text() == format::kNoToken) {
      throw InputError(model->name(), "has no begin-of-text token; leave --bos out");
    }
  }
  require_windows(protocol);
  return protocol;
}

}  // namespace nibble::offline
