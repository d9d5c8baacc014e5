// The plan as a table, as JSON and as a C header.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <nlohmann/json.hpp>

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
  const std::string sessions = std::to_string(plan.options.sessions);
  table.line("sessions", plan.sessions_bytes(),
             plan.options.batched ? sessions + " in one batch"
                                  : sessions + " × " + grouped(plan.session_bytes()));
  const SessionMemory& session = plan.session.session;
  table.line("  state", plan.session.state + session.state);
  table.line("  history", session.history);
  table.line("  KV cache", session.cache,
             (plan.options.batched ? sessions + " × " : "") +
                 std::to_string(config.context_tokens) + " tokens");
  table.line("  activations", session.activations,
             "batch of " + std::to_string(config.batch_tokens));
  table.line("  logits", session.logits);
  table.line("  workspace", plan.session.workspace, "sampling, encoding of a prompt");
  table.line("  text", plan.session.text);
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
  const SessionMemory& session = plan.session.session;
  return {{"arena_bytes", session.total()},
          {"state_bytes", session.state},
          {"history_bytes", session.history},
          {"cache_bytes", session.cache},
          {"activations_bytes", session.activations},
          {"logits_bytes", session.logits},
          {"generator_state_bytes", plan.session.state},
          {"workspace_bytes", plan.session.workspace},
          {"text_bytes", plan.session.text},
          {"generator_arena_bytes", plan.session_bytes()}};
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
                              {"batched", plan.options.batched},
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
  const bool is_batch = plan.options.batched;
  text += std::string(
              "/* Arenas start on a multiple of 64 bytes. The load scratch is free again after "
              "loading, so\n"
              " * that a session's arena may be the same memory. ") +
          (is_batch ? "nibble_batch_create()" : "nibble_session_create()") + " takes\n" +
          " * NIBBLE_GENERATOR_ARENA_BYTES, as " +
          (is_batch ? "GeneratorBatch::create() does; Batch::create() alone takes\n"
                    : "Generator::create() does; Session::create() alone takes\n") +
          " * NIBBLE_SESSION_ARENA_BYTES. */\n";
  constant("BLOB_RESIDENT_BYTES", plan.blob);
  constant("MODEL_ARENA_BYTES", plan.model_arena);
  constant("LOAD_SCRATCH_BYTES", plan.scratch);
  constant("GENERATOR_ARENA_BYTES", plan.session_bytes());
  constant("SESSION_ARENA_BYTES", plan.session.session.total());
  constant("SESSIONS", plan.options.sessions);
  constant("BATCHED", is_batch ? 1 : 0);
  constant("CONTEXT_TOKENS", plan.options.session.context_tokens);
  constant("BATCH_TOKENS", plan.options.session.batch_tokens);
  constant("PROMPT_BYTES", plan.options.prompt_bytes);
  constant("STACK_BYTES", kStackBoundBytes);
  constant("CODE_BYTES", *plan.options.code_bytes);
  constant("TOTAL_BYTES", plan.total());
  return text + "\n#endif\n";
}

}  // namespace nibble::offline
