// The plan as a table, as JSON and as a C header.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>

#include "offline/report/memory_plan.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

bool is_within(const MemoryPlan& plan, const Budget& budget) {
  return !budget || plan.total() <= *budget;
}

std::string verdict(const MemoryPlan& plan, const Budget& budget) {
  if (!budget) return "no budget given\n";
  const uint64_t total = plan.total();
  return is_within(plan, budget) ? "within the budget of " + grouped(*budget) + ": " +
                                       grouped(*budget - total) + " bytes free\n"
                                 : "OVER the budget of " + grouped(*budget) + " by " +
                                       grouped(total - *budget) + " bytes\n";
}

const char* residency_name(const MemoryPlan& plan) {
  return plan.options.residency == Residency::Keep ? "keep" : "release";
}

class PlanTable {
 public:
  void line(const std::string& name, uint64_t bytes, const std::string& note = "") {
    table_.add_row({name, grouped(bytes), note});
  }
  std::string text() const { return table_.text(); }

 private:
  TextTable table_{{{"item"}, {"bytes", Align::Right}, {""}}};
};

void add_model_lines(PlanTable& table, const MemoryPlan& plan) {
  const bool is_kept = plan.options.residency == Residency::Keep;
  table.line("blob", plan.blob,
             is_kept ? "stays resident, used in place" : "read in parts, not resident");
  table.line("model arena", plan.model_arena);
  table.line("  state", plan.model.state);
  table.line("  manifest", plan.model.manifest, plan.model.manifest == 0 ? "in place" : "copied");
  table.line("  tokenizer", plan.model.tokenizer,
             plan.model.tokenizer == 0 ? "in place" : "unpacked");
  table.line("  weights", plan.model.weights, plan.model.weights == 0 ? "in place" : "unpacked");
}

void add_session_lines(PlanTable& table, const MemoryPlan& plan) {
  const SessionConfig& config = plan.options.session;
  table.line("sessions", plan.sessions_bytes(),
             std::to_string(plan.options.sessions) + " × " + grouped(plan.session_bytes()));
  table.line("  state", plan.session.state);
  table.line("  history", plan.session.history);
  table.line("  KV cache", plan.session.cache, std::to_string(config.context_tokens) + " tokens");
  table.line("  activations", plan.session.activations,
             "batch of " + std::to_string(config.batch_tokens));
  table.line("  logits", plan.session.logits);
  table.line("  sampler", plan.sampler);
  table.line("  C handle", plan.c_handle);
  table.line("load scratch", plan.scratch,
             plan.scratch <= plan.sessions_bytes()
                 ? "may be the sessions' memory: not added"
                 : "may be the sessions' memory: they are not added");
  table.line("  zstd", plan.model.scratch_zstd);
  table.line("  staging", plan.model.scratch_staging);
}

nlohmann::ordered_json model_json(const MemoryPlan& plan) {
  return {{"arena_bytes", plan.model_arena},
          {"state_bytes", plan.model.state},
          {"manifest_bytes", plan.model.manifest},
          {"tokenizer_bytes", plan.model.tokenizer},
          {"weights_bytes", plan.model.weights}};
}

nlohmann::ordered_json session_json(const MemoryPlan& plan) {
  return {{"arena_bytes", plan.session.total()},
          {"state_bytes", plan.session.state},
          {"history_bytes", plan.session.history},
          {"cache_bytes", plan.session.cache},
          {"activations_bytes", plan.session.activations},
          {"logits_bytes", plan.session.logits},
          {"sampler_bytes", plan.sampler},
          {"c_handle_bytes", plan.c_handle}};
}

/// Replaces what could end a C comment or continue its line.
std::string comment_text(const std::string& text) {
  std::string safe;
  for (const char byte : text) {
    const bool is_plain = byte >= ' ' && byte <= '~' && byte != '*' && byte != '\\' && byte != '?';
    safe += is_plain ? byte : '_';
  }
  return safe;
}

}  // namespace

std::string memory_plan_text(const MemoryPlan& plan, const Budget& budget) {
  PlanTable table;
  add_model_lines(table, plan);
  add_session_lines(table, plan);
  table.line("runtime", *plan.options.code_bytes, "code and constants");
  table.line("stack", kStackBoundBytes, "bound");
  table.line("TOTAL", plan.total());
  return table.text() + verdict(plan, budget);
}

nlohmann::ordered_json memory_plan_json(const MemoryPlan& plan, const Budget& budget) {
  nlohmann::ordered_json json{{"residency", residency_name(plan)},
                              {"context_tokens", plan.options.session.context_tokens},
                              {"batch_tokens", plan.options.session.batch_tokens},
                              {"sessions", plan.options.sessions},
                              {"blob_bytes", plan.blob},
                              {"model", model_json(plan)},
                              {"session", session_json(plan)},
                              {"sessions_bytes", plan.sessions_bytes()},
                              {"load_scratch_bytes", plan.scratch},
                              {"working_bytes", plan.working_bytes()},
                              {"code_bytes", *plan.options.code_bytes},
                              {"stack_bytes", kStackBoundBytes},
                              {"total_bytes", plan.total()}};
  json["budget_bytes"] = budget ? nlohmann::ordered_json(*budget) : nlohmann::ordered_json(nullptr);
  json["within_budget"] = is_within(plan, budget);
  return json;
}

std::string memory_plan_header(const MemoryPlan& plan, const std::string& blob_name) {
  std::string text = "/* Memory of " + comment_text(blob_name) + ": made by `nibble plan`. */\n" +
                     "#ifndef NIBBLE_PLAN_H\n#define NIBBLE_PLAN_H\n\n";
  const auto constant = [&](const char* name, uint64_t value) {
    text += std::string("#define NIBBLE_") + name + " " + std::to_string(value) + "ull\n";
  };
  text +=
      "/* Arenas start on a multiple of 64 bytes. The load scratch is free again after loading:\n"
      " * a session's arena may be it. */\n";
  constant("BLOB_RESIDENT_BYTES", plan.blob);
  constant("MODEL_ARENA_BYTES", plan.model_arena);
  constant("LOAD_SCRATCH_BYTES", plan.scratch);
  constant("SESSION_ARENA_BYTES", plan.session.total());
  constant("SAMPLER_BYTES", plan.sampler);
  constant("C_SESSION_BYTES", plan.session_bytes());
  constant("SESSIONS", plan.options.sessions);
  constant("CONTEXT_TOKENS", plan.options.session.context_tokens);
  constant("BATCH_TOKENS", plan.options.session.batch_tokens);
  constant("STACK_BYTES", kStackBoundBytes);
  constant("CODE_BYTES", *plan.options.code_bytes);
  constant("TOTAL_BYTES", plan.total());
  return text + "\n#endif\n";
}

}  // namespace nibble::offline
