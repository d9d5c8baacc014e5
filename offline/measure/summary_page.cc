// Tables for people, of the figures that people ask for first.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/summary_page.h"

#include <algorithm>

#include "offline/measure/tradeoff_plot.h"
#include "offline/report/markdown.h"

namespace nibble::offline {
namespace {

constexpr double kMuchOtherLoad = 0.25;  // CPUs
constexpr const char* kNotMeasured = "not measured";

std::string megabytes(uint64_t bytes) {
  return decimal(static_cast<double>(bytes) / 1e6, 2);
}

std::string obedience_text(const ResultCell& cell) {
  if (!cell.obedience) return kNotMeasured;
  const ObedienceResult& obedience = *cell.obedience;
  return decimal(100 * obedience.pass_rate(), 1) + " % (" + decimal(100 * obedience.low, 1) +
         " to " + decimal(100 * obedience.high, 1) + ")";
}

std::string perplexity_text(const ResultCell& cell) {
  if (!cell.quality) return kNotMeasured;
  return decimal(cell.quality->perplexity, 3);
}

/// Whether a cell is on the front of those that have the metric.
std::vector<bool> front_of(const CellGroup& group) {
  const QualityMetric metric = common_metric(group);
  std::vector<bool> marks(group.cells.size(), false);
  std::vector<size_t> places;
  std::vector<Tradeoff> tradeoffs;
  for (size_t i = 0; i < group.cells.size(); ++i) {
    const std::optional<double> quality = quality_of(group.cells[i], metric);
    if (!quality) continue;
    places.push_back(i);
    tradeoffs.push_back({group.cells[i].decode_tokens_per_second, *quality});
  }
  const std::vector<bool> is_front = pareto_front(tradeoffs);
  for (size_t i = 0; i < places.size(); ++i) marks[places[i]] = is_front[i];
  return marks;
}

std::string cell_row(const ResultCell& cell, bool is_front) {
  return markdown_row(
      {markdown_text(cell.variant), std::to_string(cell.batch_size), std::to_string(cell.threads),
       decimal(cell.blob.bits_per_weight, 2), decimal(cell.latency_ms.p50, 2),
       decimal(cell.latency_ms.p95, 2), decimal(cell.time_to_first_token_ms.p50, 2),
       decimal(cell.prefill_tokens_per_second, 0), decimal(cell.decode_tokens_per_second, 0),
       decimal(cell.load_time_ms, 1), megabytes(cell.peak_rss_bytes),
       megabytes(cell.bill.total_bytes), perplexity_text(cell), obedience_text(cell),
       decimal(cell.other_load_cpus, 2), is_front ? "front" : ""});
}

std::string judgments_list(const Recommendation& recommendation) {
  std::string text;
  for (const VariantJudgment& judgment : recommendation.judgments) {
    text += "* " + markdown_text(judgment.variant) + (judgment.qualifies ? " qualifies: " : ": ") +
            judgment.reason + ".\n";
  }
  return text.empty() ? "" : "\n" + text;
}

/// What a reader has to know before believing the figures.
std::string load_note(const CellGroup& group) {
  const auto busy = std::ranges::count_if(
      group.cells, [](const ResultCell& cell) { return cell.other_load_cpus > kMuchOtherLoad; });
  if (busy == 0) return "";
  return "\nOther processes kept more than " + decimal(kMuchOtherLoad, 2) + " CPUs busy during " +
         std::to_string(busy) + " of " + std::to_string(group.cells.size()) +
         " cells: measure these again on a quiet machine before relying on their speeds.\n";
}

std::string group_section(const CellGroup& group, const std::string& base,
                          const RecommendationRule& rule) {
  const Recommendation recommendation = recommend(group, base, rule);
  return summary_table(group) + load_note(group) + "\n**" +
         markdown_text(recommendation.sentence()) + "**\n" + judgments_list(recommendation);
}

std::string host_text(const HostFacts& host) {
  return markdown_text(host.cpu) + ", " + std::to_string(host.cores) + " cores, " +
         decimal(static_cast<double>(host.ram_bytes) / 1e9, 1) + " GB of RAM, " +
         markdown_text(host.kernel);
}

/// Whatever is in the text, the fence around it is longer.
std::string fenced(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence + "\n" + text + "\n" + fence + "\n";
}

}  // namespace

std::string summary_table(const CellGroup& group) {
  const auto right = [](const char* title) { return TextTable::Column{title, Align::Right}; };
  std::string text = markdown_head({{"variant"},
                                    right("batch"),
                                    right("threads"),
                                    right("bits/weight"),
                                    right("p50 ms"),
                                    right("p95 ms"),
                                    right("first token ms"),
                                    right("prefill tokens/s"),
                                    right("decode tokens/s"),
                                    right("load ms"),
                                    right("peak MB"),
                                    right("bill MB"),
                                    right("perplexity"),
                                    right("obedience"),
                                    right("other load, CPUs"),
                                    {"Pareto"}});
  const std::vector<bool> is_front = front_of(group);
  for (size_t i = 0; i < group.cells.size(); ++i) text += cell_row(group.cells[i], is_front[i]);
  return text;
}

std::string summary_page(const std::vector<CellGroup>& groups,
                         const std::vector<std::string>& plots, const std::string& base,
                         const RecommendationRule& rule) {
  std::string text = "# Measured variants\n";
  for (size_t i = 0; i < groups.size(); ++i) {
    text +=
        "\n## " + markdown_text(groups[i].title) + "\n\n" + group_section(groups[i], base, rule);
    text += plots[i].empty() ? "\nThere is no plot: fewer than two cells have a quality; give "
                               "`nibble tune` a `--text` or `--obedience`.\n"
                             : "\n![Decode speed against quality](<" + plots[i] + ">)\n";
  }
  return text + "\n" + rule.text() + "\n";
}

std::string readme_snippet(const std::vector<CellGroup>& groups, const std::string& command,
                           const std::string& base, const RecommendationRule& rule) {
  std::string text = "## Measured on this hardware\n\n" + fenced(command);
  for (const CellGroup& group : groups) {
    text += "\n" + markdown_text(group.title) + ". Host: " + host_text(group.cells[0].host) +
            ".\n\n" + group_section(group, base, rule);
  }
  return text + "\n" + rule.text() + "\n";
}

}  // namespace nibble::offline
