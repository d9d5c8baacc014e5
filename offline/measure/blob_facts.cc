// Loads a blob once, and asks everything that takes no clock.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/blob_facts.h"

#include <algorithm>
#include <cmath>

#include "offline/evaluate/obedience.h"
#include "offline/evaluate/perplexity.h"
#include "offline/evaluate/reply.h"
#include "offline/evaluate/scored_text.h"
#include "offline/files/input_error.h"
#include "offline/files/text.h"
#include "offline/measure/requests.h"
#include "offline/report/blob_summary.h"
#include "offline/report/memory_plan.h"

namespace nibble::offline {
namespace {

constexpr uint64_t kSampleTokens = 48;

BlobFacts facts_of(const LoadedModel& model, const format::ManifestView& manifest) {
  const std::filesystem::path path = model.name();
  return {valid_utf8(path.filename().string()), hex(model.model().identity()), model.blob_bytes(),
          summarize(manifest).bits_per_weight};
}

std::string model_name(const format::ManifestView& manifest) {
  return string_of(manifest.string(format::StringIndex::Name));
}

ScoreProtocol protocol_for(const std::vector<const LoadedModel*>& models, uint32_t max_windows) {
  ScoreProtocol protocol;
  protocol.window_tokens = format::kMaxContextTokens;
  for (const LoadedModel* const model : models) {
    protocol.window_tokens =
        std::min(protocol.window_tokens, model->model().shape().default_context_tokens);
  }
  protocol.max_windows = max_windows;
  return protocol;
}

/// A result file has finite numbers only.
double finite(double figure, const LoadedModel& model) {
  if (std::isfinite(figure) && figure < 1e18) return figure;
  throw InputError(model.name(),
                   "has no finite perplexity on the text; store more bits per weight");
}

QualityResult score_quality(const LoadedModel& model, const EvaluationPlan& plan) {
  std::optional<LoadedModel> reference;
  ScoringRun run;
  run.models = {&model};
  if (!plan.reference.empty()) {
    run.models.push_back(&reference.emplace(plan.reference));
    run.reference = 1;
  }
  run.protocol = protocol_for(run.models, plan.max_windows);
  run.session = plan.session;
  run.progress = [&](double done) { plan.progress("perplexity, " + model.name(), done); };
  const ScoredText text = read_scored_text(plan.text, run.models, run.protocol);
  const std::vector<BlobScore> scores = score_text(run, text.tokens);
  QualityResult quality;
  quality.perplexity = finite(scores[0].likelihood.perplexity(), model);
  quality.tokens = scores[0].likelihood.tokens;
  if (reference) {
    quality.reference_perplexity = finite(scores[1].likelihood.perplexity(), *reference);
    quality.kl_mean = finite(scores[0].distance->kl.mean, model);
  }
  return quality;
}

ObedienceResult obedience_of(const LoadedModel& model, const EvaluationPlan& plan) {
  const ObedienceScore score = score_obedience(model, plan.session, plan.rules, [&](double done) {
    plan.progress("obedience, " + model.name(), done);
  });
  const Interval interval = wilson_interval(score.passed(), score.total);
  ObedienceResult result{score.passed(), score.total, interval.low, interval.high, {}};
  for (const BrokenRule& broken : score.broken) {
    result.failures.push_back({broken.prompt, broken.rule, valid_utf8(broken.reply)});
  }
  return result;
}

std::vector<SampleOutput> sample_outputs(const LoadedModel& model, const EvaluationPlan& plan) {
  GeneratorConfig config;
  config.session = plan.session;
  config.max_tokens = kSampleTokens;
  const HostGenerator generator(model, config);
  std::vector<SampleOutput> samples;
  for (const std::string& prompt : plan.prompts) {
    generator->reset();
    append_prompt(*generator, encode(model.model().tokenizer(), prompt, EncodeMode::Prompt));
    samples.push_back({prompt, valid_utf8(make_reply(*generator, {}).text)});
  }
  return samples;
}

}  // namespace

BlobEvaluation evaluate_blob(const std::filesystem::path& path, const EvaluationPlan& plan) {
  const LoadedModel model(path, {}, BlobAccess::Mapped);
  const format::ManifestView manifest = open_manifest(model.verified_bytes(), model.name());
  BlobEvaluation evaluation;
  evaluation.blob = facts_of(model, manifest);
  evaluation.model = valid_utf8(model_name(manifest));
  if (!plan.rules.empty()) evaluation.obedience = obedience_of(model, plan);
  if (!plan.text.empty()) evaluation.quality = score_quality(model, plan);
  evaluation.sample_outputs = sample_outputs(model, plan);
  for (const uint32_t batch_size : plan.batch_sizes) {
    evaluation.bills.push_back(
        memory_parts(model, batch_session(plan.session, batch_size), batch_size));
  }
  return evaluation;
}

MemoryParts memory_parts(const LoadedModel& model, const SessionConfig& session,
                         uint32_t sessions) {
  MemoryPlanOptions options;
  options.session = session;
  options.sessions = sessions;
  options.batched = sessions > 1;
  const MemoryPlan plan = make_memory_plan(model, options);
  MemoryParts parts;
  parts.weights_bytes = plan.blob + plan.model_arena;
  parts.cache_bytes = plan.session_arenas() * plan.session.session.cache;
  parts.total_bytes = plan.total();
  parts.activations_bytes = parts.total_bytes - parts.weights_bytes - parts.cache_bytes;
  return parts;
}

}  // namespace nibble::offline
