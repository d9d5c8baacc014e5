// From options to a session's configuration, with its threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/session_options.h"

#include <algorithm>
#include <thread>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kMaxThreads = kMaxLoadWorkers;

}  // namespace

void SessionOptions::add_to(CLI::App& command) {
  command.add_option("--isa", isa, "Kernel set, such as scalar; auto: the best this CPU runs")
      ->capture_default_str();
  command.add_option("--threads", threads, "Any number gives the same bits; 0: one for each CPU")
      ->check(CLI::Range(0u, kMaxThreads))
      ->capture_default_str();
  command.add_option("--batch", batch_tokens, "Prompt tokens for each pass")
      ->check(CLI::Range(1u, kMaxBatchTokens))
      ->capture_default_str();
  command.add_option("--context", context_tokens, "Tokens in the cache; 0: the blob's default")
      ->capture_default_str();
  command.add_option("--kv", cache, "Cache type; model: the blob's default")
      ->check(CLI::IsMember({"model", "f16", "int8"}))
      ->capture_default_str();
}

uint32_t SessionOptions::thread_count() const {
  const uint32_t cpus = std::max(1u, std::thread::hardware_concurrency());
  return threads == 0 ? std::min(cpus, kMaxThreads) : threads;
}

SessionSetup::SessionSetup(const SessionOptions& options)
    : workers_(options.thread_count()), threads_(workers_) {
  config_.context_tokens = options.context_tokens;
  config_.batch_tokens = options.batch_tokens;
  config_.cache = parse_cache(options.cache);
  config_.kernels = parse_kernels(options.isa);
  if (workers_ > 1) config_.parallel = threads_.parallel_for();
}

CacheType parse_cache(const std::string& name) {
  if (name == "model") return CacheType::ModelDefault;
  if (name == "f16") return CacheType::F16;
  if (name == "int8") return CacheType::Int8;
  throw UsageError("--kv '" + name + "': give model, f16 or int8");
}

}  // namespace nibble::offline
