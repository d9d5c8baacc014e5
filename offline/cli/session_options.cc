// From options to a session's configuration, with its threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/session_options.h"

#include <algorithm>
#include <thread>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "runtime/format/blob.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kMaxThreads = kMaxLoadWorkers;

constexpr const char* kModelDefault = "model";

/// CacheType has the cache types of a blob, after the blob's own.
CacheType cache_type(const std::string& name) {
  if (name == kModelDefault) return CacheType::ModelDefault;
  return static_cast<CacheType>(static_cast<uint32_t>(parse_kv_type(name)) + 1);
}

std::vector<std::string> cache_names() {
  std::vector<std::string> names = kv_type_names();
  names.insert(names.begin(), kModelDefault);
  return names;
}

}  // namespace

void SessionOptions::add_sizes_to(CLI::App& command) {
  command.add_option("--context", context_tokens, "Tokens in the cache; 0: the blob's default")
      ->check(CLI::Range(0u, format::kMaxContextTokens))
      ->capture_default_str();
  command.add_option("--batch", batch_tokens, "Prompt tokens per pass")
      ->check(CLI::Range(1u, kMaxBatchTokens))
      ->capture_default_str();
  command.add_option("--kv", cache, "Cache type; model: the blob's default")
      ->check(CLI::IsMember(cache_names()))
      ->capture_default_str();
}

void SessionOptions::add_threads_to(CLI::App& command) {
  command.add_option("--threads", threads, "Any number gives the same bits; 0: one per CPU")
      ->check(CLI::Range(0u, kMaxThreads))
      ->capture_default_str();
}

void SessionOptions::add_to(CLI::App& command) {
  command.add_option("--isa", isa, "Kernel set, such as scalar; auto: the best this CPU runs")
      ->capture_default_str();
  add_threads_to(command);
  add_sizes_to(command);
}

uint32_t SessionOptions::thread_count() const {
  const uint32_t cpus = std::max(1u, std::thread::hardware_concurrency());
  return threads == 0 ? std::min(cpus, kMaxThreads) : threads;
}

SessionConfig SessionOptions::sizes() const {
  SessionConfig config;
  config.context_tokens = context_tokens;
  config.batch_tokens = batch_tokens;
  config.cache = cache_type(cache);
  return config;
}

SessionSetup::SessionSetup(const SessionOptions& options)
    : workers_(options.thread_count()), threads_(workers_), config_(options.sizes()) {
  config_.kernels = parse_kernels(options.isa);
  if (workers_ > 1) config_.parallel = threads_.parallel_for();
}

const SessionConfig& SessionSetup::config_for(const LoadedModel& model) const {
  require_context(config_.context_tokens, model);
  return config_;
}

void require_positions(const std::string& option, uint32_t tokens, const std::string& model,
                       uint32_t limit_tokens) {
  if (tokens <= limit_tokens) return;
  throw UsageError(option + " " + std::to_string(tokens) + ": " + model + " has a context of " +
                   std::to_string(limit_tokens) + " tokens; give at most that");
}

void require_context(uint32_t context_tokens, const LoadedModel& model) {
  require_positions("--context", context_tokens, model.name(),
                    model.model().shape().context_tokens);
}

}  // namespace nibble::offline
