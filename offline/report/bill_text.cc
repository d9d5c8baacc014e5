// The bill as a table, as JSON and as a C header.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>

#include "offline/report/bill.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

bool is_within(const Bill& bill, const Budget& budget) {
  return !budget || bill.total() <= *budget;
}

std::string verdict(const Bill& bill, const Budget& budget) {
  if (!budget) return "no budget given\n";
  const uint64_t total = bill.total();
  return is_within(bill, budget) ? "within the budget of " + grouped(*budget) + ": " +
                                       grouped(*budget - total) + " bytes free\n"
                                 : "OVER the budget of " + grouped(*budget) + " by " +
                                       grouped(total - *budget) + " bytes\n";
}

const char* residency_name(const Bill& bill) {
  return bill.options.residency == Residency::Keep ? "keep" : "release";
}

class BillTable {
 public:
  void line(const std::string& name, uint64_t bytes, const std::string& note = "") {
    table_.add_row({name, grouped(bytes), note});
  }
  std::string text() const { return table_.text(); }

 private:
  TextTable table_{{{"item"}, {"bytes", Align::Right}, {""}}};
};

void add_model_lines(BillTable& table, const Bill& bill) {
  const bool is_kept = bill.options.residency == Residency::Keep;
  table.line("blob", bill.blob,
             is_kept ? "stays resident, used in place" : "read in parts, not resident");
  table.line("model arena", bill.model_arena);
  table.line("  state", bill.model.state);
  table.line("  manifest", bill.model.manifest, bill.model.manifest == 0 ? "in place" : "copied");
  table.line("  tokenizer", bill.model.tokenizer,
             bill.model.tokenizer == 0 ? "in place" : "unpacked");
  table.line("  weights", bill.model.weights, bill.model.weights == 0 ? "in place" : "unpacked");
}

void add_session_lines(BillTable& table, const Bill& bill) {
  const SessionConfig& config = bill.options.session;
  table.line("sessions", bill.sessions_bytes(),
             std::to_string(bill.options.sessions) + " × " + grouped(bill.session_bytes()));
  const SessionMemory& session = bill.session.session;
  table.line("  state", bill.session.state + session.state);
  table.line("  history", session.history);
  table.line("  KV cache", session.cache, std::to_string(config.context_tokens) + " tokens");
  table.line("  activations", session.activations,
             "batch of " + std::to_string(config.batch_tokens));
  table.line("  logits", session.logits);
  table.line("  workspace", bill.session.workspace, "sampling, encoding of a prompt");
  table.line("  text", bill.session.text);
  table.line("load scratch", bill.scratch,
             bill.scratch <= bill.sessions_bytes()
                 ? "may be the sessions' memory: not added"
                 : "may be the sessions' memory: they are not added");
  table.line("  zstd", bill.model.scratch_zstd);
  table.line("  staging", bill.model.scratch_staging);
}

nlohmann::ordered_json model_json(const Bill& bill) {
  return {{"arena_bytes", bill.model_arena},
          {"state_bytes", bill.model.state},
          {"manifest_bytes", bill.model.manifest},
          {"tokenizer_bytes", bill.model.tokenizer},
          {"weights_bytes", bill.model.weights}};
}

nlohmann::ordered_json session_json(const Bill& bill) {
  const SessionMemory& session = bill.session.session;
  return {{"arena_bytes", session.total()},
          {"state_bytes", session.state},
          {"history_bytes", session.history},
          {"cache_bytes", session.cache},
          {"activations_bytes", session.activations},
          {"logits_bytes", session.logits},
          {"generator_state_bytes", bill.session.state},
          {"workspace_bytes", bill.session.workspace},
          {"text_bytes", bill.session.text},
          {"generator_arena_bytes", bill.session_bytes()}};
}

/// What may stand inside a C comment.
std::string comment_text(const std::string& text) {
  std::string safe;
  for (const char byte : text) {
    const bool is_plain = byte >= ' ' && byte <= '~' && byte != '*' && byte != '\\' && byte != '?';
    safe += is_plain ? byte : '_';
  }
  return safe;
}

}  // namespace

std::string bill_text(const Bill& bill, const Budget& budget) {
  BillTable table;
  add_model_lines(table, bill);
  add_session_lines(table, bill);
  table.line("runtime", *bill.options.code_bytes, "code and constants");
  table.line("stack", kStackBoundBytes, "bound");
  table.line("TOTAL", bill.total());
  return table.text() + verdict(bill, budget);
}

nlohmann::ordered_json bill_json(const Bill& bill, const Budget& budget) {
  nlohmann::ordered_json json{{"residency", residency_name(bill)},
                              {"context_tokens", bill.options.session.context_tokens},
                              {"batch_tokens", bill.options.session.batch_tokens},
                              {"sessions", bill.options.sessions},
                              {"blob_bytes", bill.blob},
                              {"model", model_json(bill)},
                              {"session", session_json(bill)},
                              {"sessions_bytes", bill.sessions_bytes()},
                              {"load_scratch_bytes", bill.scratch},
                              {"working_bytes", bill.working_bytes()},
                              {"code_bytes", *bill.options.code_bytes},
                              {"stack_bytes", kStackBoundBytes},
                              {"total_bytes", bill.total()}};
  json["budget_bytes"] = budget ? nlohmann::ordered_json(*budget) : nlohmann::ordered_json(nullptr);
  json["within_budget"] = is_within(bill, budget);
  return json;
}

std::string bill_header(const Bill& bill, const std::string& blob_name) {
  std::string text = "/* Memory of " + comment_text(blob_name) + ": made by `nibble plan`. */\n" +
                     "#ifndef NIBBLE_PLAN_H\n#define NIBBLE_PLAN_H\n\n";
  const auto constant = [&](const char* name, uint64_t value) {
    text += std::string("#define NIBBLE_") + name + " " + std::to_string(value) + "ull\n";
  };
  text +=
      "/* Arenas start on a multiple of 64 bytes. The load scratch is free again after loading, "
      "so\n"
      " * that a session's arena may be the same memory. nibble_session_create() takes\n"
      " * NIBBLE_GENERATOR_ARENA_BYTES, as Generator::create() does; Session::create() alone "
      "takes\n"
      " * NIBBLE_SESSION_ARENA_BYTES. */\n";
  constant("BLOB_RESIDENT_BYTES", bill.blob);
  constant("MODEL_ARENA_BYTES", bill.model_arena);
  constant("LOAD_SCRATCH_BYTES", bill.scratch);
  constant("GENERATOR_ARENA_BYTES", bill.session_bytes());
  constant("SESSION_ARENA_BYTES", bill.session.session.total());
  constant("SESSIONS", bill.options.sessions);
  constant("CONTEXT_TOKENS", bill.options.session.context_tokens);
  constant("BATCH_TOKENS", bill.options.session.batch_tokens);
  constant("PROMPT_BYTES", bill.options.prompt_bytes);
  constant("STACK_BYTES", kStackBoundBytes);
  constant("CODE_BYTES", *bill.options.code_bytes);
  constant("TOTAL_BYTES", bill.total());
  return text + "\n#endif\n";
}

}  // namespace nibble::offline
