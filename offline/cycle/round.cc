// Copy, pack twice, let both take turns, score both on a text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/round.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "offline/evaluate/perplexity.h"
#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/formats/registry.h"
#include "offline/report/names.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

/// The type that most weights have: "f16", "int8", "int4".
std::string main_format(const BlobSummary& summary) {
  std::map<std::string, uint64_t> weights;
  for (const TensorSummary& tensor : summary.tensors) {
    const format::TensorRecord& record = tensor.record;
    if (!format::is_matrix(record.type)) continue;
    weights[name_of(record.type)] += uint64_t{record.rows} * record.columns;
  }
  const auto by_weights = [](const auto& entry) { return entry.second; };
  return std::ranges::max_element(weights, {}, by_weights)->first;
}

class Round {
 public:
  Round(const FoundModel& model, const std::filesystem::path& work,
        const std::filesystem::path& candidate, const RoundOptions& options)
      : model_(model), work_(work), candidate_(candidate), options_(options) {}

  RoundResult run() {
    std::filesystem::path copy;
    const std::filesystem::path source = work_ / "source";
    std::filesystem::create_directory(source);
    timed("copy", [&] { copy = copy_model(model_, source, options_.check); });
    timed("quantize", [&] { pack(copy); });
    const LoadedModel original(original_blob()), candidate(candidate_);
    timed("benchmark", [&] { benchmark(original, candidate); });
    if (!options_.text.empty()) timed("quality", [&] { score(original, candidate); });
    return std::move(result_);
  }

 private:
  template <class Operation>
  void timed(const char* name, const Operation& operation) {
    options_.check();
    const auto start = std::chrono::steady_clock::now();
    operation();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    result_.times.push_back({name, time.count()});
  }

  std::filesystem::path original_blob() const { return work_ / "original.nbl"; }

  void pack(const std::filesystem::path& copy) {
    const SourceModel source = read_model(copy);
    PackOptions options = options_.candidate;
    options.progress = [this](const std::string& stage, double done) {
      options_.check();
      options_.progress(stage, done);
    };
    const PackedBlob candidate = pack_model(source, options, candidate_);
    options.calibration.texts.clear();
    options.method = kDefaultMethod;
    options.weights = {format::TensorType::F16, 0};
    options.roles.clear();
    options.stored = stored_schemes(source);
    const PackedBlob original = pack_model(source, options, original_blob());
    result_.candidate_identity = candidate.identity;
    result_.source_format = main_format(original.summary);
    result_.target_format = main_format(candidate.summary);
    if (result_.source_format == result_.target_format) {
      throw InputError(model_.path.string(), "has weights in " + result_.source_format +
                                                 " already; give other --weights");
    }
  }

  void benchmark(const LoadedModel& original, const LoadedModel& candidate) {
    const uint32_t context = candidate.model().shape().default_context_tokens;
    SpeedTurns turns;
    turns.decode_tokens = std::min(256u, context);
    turns.turns = (kBenchmarkTokens + turns.decode_tokens - 1) / turns.decode_tokens;
    uint32_t done = 0;
    turns.before_each = [&] {
      options_.check();
      options_.progress("benchmark", done++ / (2.0 * turns.turns));
    };
    result_.speeds = compare_speeds(candidate, original, options_.session, turns);
    result_.figures.original_throughput = result_.speeds.decode[1];
    result_.figures.quantized_throughput = result_.speeds.decode[0];
  }

  void score(const LoadedModel& original, const LoadedModel& candidate) {
    const std::string text = read_input_file(options_.text, kMaxTextBytes);
    const auto tokens = encode(original.model().tokenizer(), text, EncodeMode::WholeText);
    ScoringRun run;
    run.models = {&candidate, &original};
    run.reference = 1;
    run.protocol = {
        .window_tokens = std::min(256u, original.model().shape().default_context_tokens),
        .max_windows = 200};
    if (tokens.size() < run.protocol.window_tokens) {
      throw InputError(options_.text.string(),
                       "has " + std::to_string(tokens.size()) + " tokens, less than a window of " +
                           std::to_string(run.protocol.window_tokens) + "; give a longer text");
    }
    run.session = options_.session;
    run.session.batch_tokens = std::min(32u, run.protocol.window_tokens);
    run.progress = [this](double done) {
      options_.check();
      options_.progress("quality", done);
    };
    const Distance distance = *score_text(run, tokens).front().distance;
    result_.figures.quality_loss_percent = 100 * std::expm1(distance.ln_perplexity_ratio);
  }

  const FoundModel& model_;
  const std::filesystem::path& work_;
  const std::filesystem::path& candidate_;
  const RoundOptions& options_;
  RoundResult result_;
};

}  // namespace

RoundResult run_round(const FoundModel& model, const std::filesystem::path& work,
                      const std::filesystem::path& candidate, const RoundOptions& options) {
  return Round(model, work, candidate, options).run();
}

}  // namespace nibble::offline
