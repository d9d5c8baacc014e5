// The memory bill: every byte a blob needs resident, counted by the runtime's own carving code.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator_batch.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "offline/host/loaded_model.h"

namespace nibble::offline {

/// The deepest stack of the runtime's own calls, in bytes; a check proves the bound.
inline constexpr uint64_t kStackBoundBytes = 4096;
/// What the project promises for everything that is resident, in bytes.
inline constexpr uint64_t kDefaultBudgetBytes = 100'000'000;

struct MemoryPlanOptions {
  SessionConfig session;    ///< Context, batch, cache type; logit_rows stays 1 on a target.
  size_t prompt_bytes = 0;  ///< See GeneratorConfig.
  uint32_t sessions = 1;    ///< Over the one model.
  bool batched = false;     ///< They are computed together, in one arena.
  std::optional<Residency> residency;  ///< Default: LoadedModel::natural_residency().
  std::optional<uint64_t> code_bytes;  ///< Default: this build's own runtime.
};

/// Bytes, or none: any size.
using Budget = std::optional<uint64_t>;

/// All sizes are in bytes, and a session's sizes are those of one session, or of a batch of all.
struct MemoryPlan {
  MemoryPlanOptions options;  ///< As resolved: no field is left to a default.
  uint64_t blob = 0;          ///< Kept resident; 0 when released after loading.
  ModelMemory model;
  size_t model_arena = 0;  ///< Model::needs(), what `model` without its scratch adds up to.
  size_t scratch = 0;      ///< Model::needs(), during load only.
  GeneratorMemory session;

  uint64_t session_bytes() const { return session.total(); }
  uint32_t session_arenas() const { return options.batched ? 1 : options.sessions; }
  uint64_t sessions_bytes() const { return session_arenas() * session_bytes(); }
  /// Sessions run after loading has ended, and the load's scratch may become their arenas: the
  /// larger of the two counts.
  uint64_t working_bytes() const;
  uint64_t total() const;
};

/// Asks the runtime for each size; loads nothing.
/// Throws InputError, naming the model, when the options do not fit it.
MemoryPlan make_memory_plan(const LoadedModel& loaded, const MemoryPlanOptions& options);

/// A table, its total, and whether it is within the budget.
std::string memory_plan_text(const MemoryPlan& bill, const Budget& budget);
nlohmann::ordered_json memory_plan_json(const MemoryPlan& bill, const Budget& budget);
/// A C header of constants NIBBLE_…: what a board's sources size their arrays with.
std::string memory_plan_header(const MemoryPlan& bill, const std::string& blob_name);

/// The blob does not fit: the command line prints what() and ends with exit status 1.
class OverBudget : public std::runtime_error {
 public:
  OverBudget(const MemoryPlan& bill, uint64_t budget_bytes);
};

}  // namespace nibble::offline
