// Asks the runtime for the size of each arena, and adds the sizes up.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/memory_plan.h"

#include <algorithm>

#include "nibble_code_bytes.h"
#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

std::string budget_error(const MemoryPlan& plan, uint64_t budget_bytes) {
  return "the model does not fit: " + grouped(plan.total()) + " bytes resident, " +
         grouped(plan.total() - budget_bytes) + " over the budget of " + grouped(budget_bytes) +
         "\n\n" + memory_plan_text(plan, budget_bytes) +
         "\nFewer bits (--weights int4), a shorter --context, --kv int8 or --storage raw make it "
         "smaller; --budget none packs it anyway.";
}

void measure_session(const Model& model, const std::string& where, MemoryPlan& plan) {
  SessionConfig& config = plan.options.session;
  if (config.context_tokens == 0) config.context_tokens = model.shape().default_context_tokens;
  const uint32_t generators = plan.options.batched ? plan.options.sessions : 1;
  if (generators > kMaxBatchTokens)
    throw InputError(where, "a batch has at most " + std::to_string(kMaxBatchTokens) +
                                " sessions, not " + std::to_string(generators));
  config.batch_tokens = std::max(config.batch_tokens, generators);
  const GeneratorConfig each{.session = config, .prompt_bytes = plan.options.prompt_bytes};
  plan.session = value_or_throw(
      GeneratorBatch::memory(model, {.generator = each, .generators = generators}), where);
}

}  // namespace

uint64_t MemoryPlan::working_bytes() const {
  return std::max<uint64_t>(scratch, sessions_bytes());
}

uint64_t MemoryPlan::total() const {
  return blob + model_arena + working_bytes() + *options.code_bytes + kStackBoundBytes;
}

MemoryPlan make_memory_plan(const LoadedModel& loaded, const MemoryPlanOptions& options) {
  MemoryPlan plan;
  plan.options = options;
  const Residency residency = options.residency.value_or(loaded.natural_residency());
  plan.options.residency = residency;
  if (!options.code_bytes) plan.options.code_bytes = kRuntimeCodeBytes;
  plan.blob = residency == Residency::Keep ? loaded.blob_bytes() : 0;
  plan.model = loaded.memory(residency);
  const LoadNeeds needs = loaded.needs(residency);
  plan.model_arena = needs.arena_bytes;
  plan.scratch = needs.scratch_bytes;
  measure_session(loaded.model(), loaded.name(), plan);
  return plan;
}

OverBudget::OverBudget(const MemoryPlan& plan, uint64_t budget_bytes)
    : std::runtime_error(budget_error(plan, budget_bytes)) {}

}  // namespace nibble::offline
