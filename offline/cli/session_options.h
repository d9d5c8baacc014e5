// The options of every command that sizes or runs a session: cache, batch, threads, kernel set.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>
#include <nibble/thread_pool.h>

#include <CLI/CLI.hpp>
#include <string>

#include "offline/host/loaded_model.h"

namespace nibble::offline {

struct SessionOptions {
  std::string isa = "auto";
  uint32_t threads = 0;  ///< 0: one per CPU
  uint32_t batch_tokens = SessionConfig().batch_tokens;
  uint32_t context_tokens = 0;
  std::string cache = "model";

  /// Adds --context, --batch and --kv: what decides a session's size.
  void add_sizes_to(CLI::App& command);
  /// Adds --threads.
  void add_threads_to(CLI::App& command);
  /// Adds all of them, and --isa.
  void add_to(CLI::App& command);
  uint32_t thread_count() const;
  /// A configuration of this size. Throws UsageError.
  SessionConfig sizes() const;
};

/// A configuration and the threads behind it. Sessions made from it must not outlive it.
class SessionSetup {
 public:
  /// Throws UsageError.
  explicit SessionSetup(const SessionOptions& options);
  /// The configuration, found to suit the model. Throws UsageError: require_context().
  const SessionConfig& config_for(const LoadedModel& model) const;
  /// The configuration as it was asked for.
  const SessionConfig& config() const { return config_; }
  /// The same threads, for loading.
  LoadConfig load_config() const { return {.workers = workers_, .parallel = config_.parallel}; }

 private:
  uint32_t workers_;
  ThreadPool threads_;
  SessionConfig config_;
};

/// Throws UsageError, naming the option, the model and its limit, when a number of positions is
/// above what the model has.
void require_positions(const std::string& option, uint32_t tokens, const std::string& model,
                       uint32_t limit_tokens);
/// The same of --context and a loaded model.
void require_context(uint32_t context_tokens, const LoadedModel& model);

}  // namespace nibble::offline
