// Counts faults and prints replies.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/compare_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/files/text.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

/// How many of one blob's replies show what.
struct FaultCounts {
  size_t loops = 0, empty = 0, cut_short = 0, invalid_utf8 = 0;

  void add(const ReplyFaults& faults) {
    loops += faults.loop.tokens != 0 ? 1 : 0;
    empty += faults.is_empty ? 1 : 0;
    cut_short += faults.is_cut_short ? 1 : 0;
    invalid_utf8 += faults.invalid_utf8 != 0 ? 1 : 0;
  }
};

FaultCounts count_faults(const CompareReport& report, CheckedReply ReplyPair::* side) {
  FaultCounts counts;
  for (const ReplyPair& pair : report.pairs) counts.add((pair.*side).faults);
  return counts;
}

size_t count_same(const CompareReport& report) {
  return static_cast<size_t>(std::ranges::count_if(report.pairs, &ReplyPair::is_same));
}
size_t count_new_faults(const CompareReport& report) {
  return static_cast<size_t>(std::ranges::count_if(report.pairs, &ReplyPair::has_new_fault));
}

double mean_common_tokens(const CompareReport& report) {
  double sum = 0;
  for (const ReplyPair& pair : report.pairs) {
    sum += static_cast<double>(common_tokens(pair.reference.drawn, pair.other.drawn));
  }
  return sum / static_cast<double>(report.pairs.size());
}

std::string counts_text(const CompareReport& report) {
  TextTable table({{"blob"},
                   {"loops", Align::Right},
                   {"says nothing", Align::Right},
                   {"ends early", Align::Right},
                   {"invalid UTF-8", Align::Right}});
  const auto add = [&](const std::string& blob, const FaultCounts& counts) {
    table.add_row({blob, std::to_string(counts.loops), std::to_string(counts.empty),
                   std::to_string(counts.cut_short), std::to_string(counts.invalid_utf8)});
  };
  add(report.reference, count_faults(report, &ReplyPair::reference));
  add(report.other, count_faults(report, &ReplyPair::other));
  return table.text();
}

std::string reply_text(const std::string& blob, const CheckedReply& reply) {
  const std::string faults = reply.faults.text();
  return blob + (faults.empty() ? "" : " (" + faults + ")") + ":\n" + without_controls(reply.text) +
         "\n";
}

Json counts_json(const FaultCounts& counts) {
  return {{"loops", counts.loops},
          {"empty", counts.empty},
          {"cut_short", counts.cut_short},
          {"invalid_utf8", counts.invalid_utf8}};
}

Json reply_json(const CheckedReply& reply) {
  return {{"text", reply.text},
          {"tokens", reply.drawn.tokens.size()},
          {"loop_period_tokens", reply.faults.loop.period_tokens},
          {"loop_tokens", reply.faults.loop.tokens},
          {"empty", reply.faults.is_empty},
          {"cut_short", reply.faults.is_cut_short},
          {"invalid_utf8", reply.faults.invalid_utf8}};
}

Json pair_json(const ReplyPair& pair) {
  return {{"prompt", pair.prompt},
          {"common_tokens", common_tokens(pair.reference.drawn, pair.other.drawn)},
          {"new_fault", pair.has_new_fault()},
          {"reference", reply_json(pair.reference)},
          {"other", reply_json(pair.other)}};
}

}  // namespace

bool ReplyPair::has_new_fault() const {
  const ReplyFaults &expected = reference.faults, &found = other.faults;
  return (found.loop.tokens != 0 && expected.loop.tokens == 0) ||
         (found.is_empty && !expected.is_empty) || (found.is_cut_short && !expected.is_cut_short) ||
         (found.invalid_utf8 != 0 && expected.invalid_utf8 == 0);
}

std::string compare_text(const CompareReport& report, bool all_replies) {
  std::string text =
      "prompts   " + report.prompts_file + ", " + std::to_string(report.pairs.size()) +
      ", at most " + std::to_string(report.max_tokens) + " tokens each, greedy\n\n" +
      counts_text(report) + "\n" + std::to_string(count_same(report)) + " replies are the same; " +
      decimal(mean_common_tokens(report), 1) + " tokens are in common at the start of a reply; " +
      std::to_string(count_new_faults(report)) +
      " prompts show a fault that the reference does not have\n";
  for (const ReplyPair& pair : report.pairs) {
    if (!all_replies && !pair.has_new_fault()) continue;
    text += "\nprompt: " + without_controls(pair.prompt) + "\n" +
            reply_text(report.reference, pair.reference) + reply_text(report.other, pair.other);
  }
  return text;
}

Json compare_json(const CompareReport& report) {
  Json pairs = Json::array();
  for (const ReplyPair& pair : report.pairs) pairs.push_back(pair_json(pair));
  return {{"reference", report.reference},
          {"blob", report.other},
          {"prompts_file", report.prompts_file},
          {"prompts", report.pairs.size()},
          {"max_tokens", report.max_tokens},
          {"reference_faults", counts_json(count_faults(report, &ReplyPair::reference))},
          {"faults", counts_json(count_faults(report, &ReplyPair::other))},
          {"same_replies", count_same(report)},
          {"mean_common_tokens", mean_common_tokens(report)},
          {"new_faults", count_new_faults(report)},
          {"pairs", pairs}};
}

}  // namespace nibble::offline
