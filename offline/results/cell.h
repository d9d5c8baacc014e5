// One measured cell of a tuning matrix: a blob, run with one batch size and one number of threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nibble::offline {

/// Grows when a member of a result file changes its meaning or goes. New members leave it as it is.
inline constexpr uint32_t kResultSchemaVersion = 1;

/// The machine that measured.
struct HostFacts {
  std::string cpu, kernel;
  uint32_t cores = 1;
  uint64_t ram_bytes = 0;
  bool operator==(const HostFacts&) const = default;
};

struct BlobFacts {
  std::string name;      ///< of the file, without its folder
  std::string identity;  ///< SHA-256 of header and manifest
  uint64_t bytes = 0;
  double bits_per_weight = 0;
};

/// Two quantiles of samples in milliseconds.
struct Quantiles {
  double p50 = 0, p95 = 0;
};

/// The memory bill of `nibble plan`. Each byte counts once: the three parts add up to the total.
struct MemoryParts {
  uint64_t weights_bytes = 0;      ///< the blob where it stays, and the model's arena
  uint64_t cache_bytes = 0;        ///< keys and values of all sessions
  uint64_t activations_bytes = 0;  ///< all else: buffers, logits, texts, the runtime, its stack
  uint64_t total_bytes = 0;
};

struct ObedienceFailure {
  std::string prompt, check, text;
};

/// How many checks of replies passed, and the 95 % interval of the share.
struct ObedienceResult {
  uint64_t passed = 0, total = 0;
  double low = 0, high = 0;
  std::vector<ObedienceFailure> failures;
  double pass_rate() const { return static_cast<double>(passed) / static_cast<double>(total); }
};

struct QualityResult {
  double perplexity = 0;
  uint64_t tokens = 0;                                  ///< that were scored
  std::optional<double> reference_perplexity, kl_mean;  ///< against a reference blob
};

struct SampleOutput {
  std::string prompt, text;
};

struct ResultCell {
  std::string variant, model, timestamp, tool_version;
  uint32_t batch_size = 1, threads = 1, warmups = 0, runs = 1;
  HostFacts host;
  BlobFacts blob;
  uint32_t prompt_tokens = 1, new_tokens = 1;  ///< of a request
  Quantiles latency_ms;                        ///< of a request: from its start to its last token
  std::vector<double> latency_samples_ms;      ///< one for each request of each run
  Quantiles time_to_first_token_ms;
  double prefill_tokens_per_second = 0;  ///< medians over the runs, of all requests together
  double decode_tokens_per_second = 0;
  double load_time_ms = 0;
  uint64_t peak_rss_bytes = 0;
  MemoryParts bill;
  double other_load_cpus = 0;  ///< CPUs that other processes kept busy meanwhile, on average
  std::optional<ObedienceResult> obedience;
  std::optional<QualityResult> quality;
  std::vector<SampleOutput> sample_outputs;
};

}  // namespace nibble::offline
