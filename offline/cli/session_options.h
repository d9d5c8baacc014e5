// The options of every command that runs a model: kernel set, threads, batch, context, cache.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/thread_pool.h>
#include <nibble/session.h>

#include <CLI/CLI.hpp>
#include <string>

namespace nibble::offline {

struct SessionOptions {
  std::string isa = "auto";
  uint32_t threads = 0;  ///< 0: one for each CPU
  uint32_t batch_tokens = 16;
  uint32_t context_tokens = 0;
  std::string cache = "model";

  void add_to(CLI::App& command);
  uint32_t thread_count() const;
};

/// A configuration and the threads behind it. Sessions made from it must not outlive it.
class SessionSetup {
 public:
  /// Throws UsageError.
  explicit SessionSetup(const SessionOptions& options);
  const SessionConfig& config() const { return config_; }
  /// The same threads, for loading.
  LoadConfig load_config() const { return {.workers = workers_, .parallel = config_.parallel}; }

 private:
  uint32_t workers_;
  ThreadPool threads_;
  SessionConfig config_;
};

/// Throws UsageError.
CacheType parse_cache(const std::string& name);

}  // namespace nibble::offline
