// A section for each group of comparable cells.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/report_document.h"

#include <algorithm>

#include "offline/measure/tradeoff_plot.h"
#include "offline/publish/advice.h"
#include "offline/publish/anomalies.h"
#include "offline/publish/figures.h"
#include "offline/publish/speed_plot.h"

namespace nibble::offline {
namespace {

TextTable::Column right(const char* title) {
  return {title, Align::Right};
}

void append(Document& document, Document more) {
  for (Block& block : more) document.push_back(std::move(block));
}

Document samples_section(const CellGroup& group) {
  Document section;
  for (const std::string& variant : variants_of(group)) {
    for (const SampleOutput& sample : main_cell(group, variant).sample_outputs) {
      section.push_back(
          Paragraph{{strong(variant), plain(" continues "), code(sample.prompt), plain(":")}});
      section.push_back(CodeBlock{"text", sample.text});
    }
  }
  if (section.empty()) section.push_back(Paragraph{{plain("No samples were drawn.")}});
  return section;
}

Block anomalies_list(const CellGroup& group) {
  ItemList list;
  for (const std::string& anomaly : find_anomalies(group)) list.items.push_back({plain(anomaly)});
  if (list.items.empty()) return Paragraph{{plain("None was found.")}};
  return list;
}

Block advice_table(const CellGroup& group) {
  Table table{{{"use"}, {"variant"}, {"because"}}, {}};
  for (const Advice& advice : advise(group)) {
    table.rows.push_back(
        {advice.use, advice.variant.empty() ? kNotMeasured : advice.variant, advice.reason});
  }
  return table;
}

std::string latest(const CellGroup& group) {
  return std::ranges::max(group.cells, {}, &ResultCell::timestamp).timestamp;
}

Document group_section(const CellGroup& group, const std::string& file_prefix) {
  const ResultCell& cell = group.cells.front();
  Document section = {Heading{2, group.title},
                      Paragraph{{plain("Measured on " + host_text(cell.host) + ", last on " +
                                       latest(group) + ", by " + cell.tool_version + ".")}},
                      Heading{3, "Recommendations"},
                      advice_table(group),
                      Heading{3, "Speed and quality"},
                      speed_table(group)};
  for (Picture& plot : plots_of(group, file_prefix)) section.push_back(std::move(plot));
  append(section, {Heading{3, "Size and memory"}, memory_table(group), Heading{3, "Anomalies"},
                   anomalies_list(group), Heading{3, "Samples"}});
  append(section, samples_section(group));
  return section;
}

}  // namespace

Document report_document(const std::vector<CellGroup>& groups) {
  Document document = {Heading{1, "Report on quantized variants"}};
  if (groups.size() > 1) {
    document.push_back(Paragraph{{plain(
        "Results of different models, hosts or requests stand in sections of their own and are "
        "not compared.")}});
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    append(document,
           group_section(groups[i], i == 0 ? "" : "group-" + std::to_string(i + 1) + "-"));
  }
  return document;
}

Table speed_table(const CellGroup& group) {
  Table table{{{"variant"},
               right("batch"),
               right("threads"),
               right("decode tokens/s"),
               right("against f16"),
               right("prefill tokens/s"),
               right("first token, ms"),
               right("p95, ms"),
               right("perplexity"),
               right("mean KL")},
              {}};
  for (const CellFigures& figures : figures_of(group)) {
    const ResultCell& cell = *figures.cell;
    table.rows.push_back(
        {cell.variant, std::to_string(cell.batch_size), std::to_string(cell.threads),
         decimal(cell.decode_tokens_per_second, 0), number_text(figures.decode_speedup, 2, " ×"),
         decimal(cell.prefill_tokens_per_second, 0), decimal(cell.time_to_first_token_ms.p50, 2),
         decimal(cell.latency_ms.p95, 2), perplexity_text(cell), divergence_text(cell)});
  }
  return table;
}

Table memory_table(const CellGroup& group) {
  Table table{{{"variant"},
               right("batch"),
               right("blob"),
               right("bits per weight"),
               right("weights"),
               right("cache"),
               right("activations"),
               right("memory"),
               right("less than f16")},
              {}};
  for (const CellFigures& figures : figures_of(group)) {
    const ResultCell& cell = *figures.cell;
    const MemoryParts& bill = cell.bill;
    const bool has_other_threads = &main_cell(group, cell.variant) != &cell &&
                                   !table.rows.empty() && table.rows.back()[0] == cell.variant &&
                                   table.rows.back()[1] == std::to_string(cell.batch_size);
    if (has_other_threads) continue;  // threads take no memory of the bill
    table.rows.push_back({cell.variant, std::to_string(cell.batch_size), grouped(cell.blob.bytes),
                          decimal(cell.blob.bits_per_weight, 3), grouped(bill.weights_bytes),
                          grouped(bill.cache_bytes), grouped(bill.activations_bytes),
                          grouped(bill.total_bytes),
                          number_text(figures.memory_reduction_percent, 1, " %")});
  }
  return table;
}

std::vector<Picture> plots_of(const CellGroup& group, const std::string& file_prefix) {
  std::vector<Picture> plots = {
      {"Memory and decode speed of each variant", file_prefix + "speed.svg", speed_plot(group)}};
  const std::string tradeoff = tradeoff_plot(main_cells(group));
  if (!tradeoff.empty()) {
    plots.push_back({"Decode speed against quality", file_prefix + "tradeoff.svg", tradeoff});
  }
  return plots;
}

}  // namespace nibble::offline
