// The figures of a run as a table and as JSON.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/run_report.h"

#include <nlohmann/json.hpp>

#include "offline/host/process_memory.h"
#include "offline/report/text_table.h"
#include "runtime/kernels/kernels.h"

namespace nibble::offline {
namespace {

double rate(double count, double seconds) {
  return seconds > 0 && count > 0 ? count / seconds : 0;
}

double prefill_rate(const Reply& reply) {
  return rate(static_cast<double>(reply.prompt_tokens), reply.prefill_seconds);
}
/// The first token came with the prefill.
double decode_rate(const Reply& reply) {
  return rate(static_cast<double>(reply.tokens.size()) - 1, reply.decode_seconds);
}

/// Stable: part of the JSON form.
const char* end_name(EndReason end) {
  switch (end) {
    case EndReason::EndToken:
      return "end-token";
    case EndReason::StopText:
      return "stop";
    case EndReason::TokenLimit:
      return "tokens";
    case EndReason::ContextFull:
      return "context";
    case EndReason::None:
      break;
  }
  return "interrupted";
}

}  // namespace

RunFigures run_figures(const LoadedModel& model, const Session& session, uint32_t threads) {
  return {model.load_seconds(), peak_resident_bytes(), session.kernels().name, threads};
}

std::string run_text(const RunFigures& figures, const Reply& reply) {
  TextTable table({{""}, {""}});
  const auto milliseconds = [](double seconds) { return decimal(seconds * 1000, 2) + " ms"; };
  table.add_row({"load", milliseconds(figures.load_seconds)});
  table.add_row({"time to first token", milliseconds(reply.first_token_seconds)});
  table.add_row({"prefill", std::to_string(reply.prompt_tokens) + " tokens, " +
                                decimal(prefill_rate(reply), 1) + " tokens/s"});
  table.add_row({"decode", std::to_string(reply.tokens.size()) + " tokens, " +
                               decimal(decode_rate(reply), 1) + " tokens/s"});
  table.add_row({"ended by", end_name(reply.end)});
  table.add_row({"peak memory", grouped(figures.peak_resident_bytes) + " bytes"});
  table.add_row({"kernels", figures.kernels + ", threads " + std::to_string(figures.threads)});
  table.add_row({"logits sha256", reply.logits_sha256});
  return table.text();
}

nlohmann::ordered_json run_json(const RunFigures& figures, const Reply& reply) {
  return {{"text", reply.text},
          {"tokens", reply.tokens},
          {"end", end_name(reply.end)},
          {"prompt_tokens", reply.prompt_tokens},
          {"logits_sha256", reply.logits_sha256},
          {"kernels", figures.kernels},
          {"threads", figures.threads},
          {"load_seconds", figures.load_seconds},
          {"first_token_seconds", reply.first_token_seconds},
          {"prefill_tokens_per_second", prefill_rate(reply)},
          {"decode_tokens_per_second", decode_rate(reply)},
          {"peak_resident_bytes", figures.peak_resident_bytes}};
}

}  // namespace nibble::offline
