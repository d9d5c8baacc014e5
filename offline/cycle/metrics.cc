// The families of metrics, their samples, and the text they are written as.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/metrics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/cycle/metrics_text.h"
#include "offline/files/text.h"

namespace nibble::offline {
namespace {

std::vector<std::string> valid_labels(std::vector<std::string> labels) {
  for (std::string& label : labels) label = valid_utf8(label);
  return labels;
}

std::string sample_line(const FamilyText& family, const std::vector<std::string>& labels,
                        double value) {
  std::string line = std::string(family.name) + "{";
  for (size_t i = 0; i < labels.size(); ++i) {
    line += (i == 0 ? "" : ",") + std::string(family.labels[i]) + "=\"" + escaped_label(labels[i]) +
            '"';
  }
  return line + "} " + nlohmann::json(value).dump() + "\n";
}

}  // namespace

std::span<const FamilyText> metric_families() {
  static const FamilyText kFamilies[] = {
      {MetricFamily::DecisionTotal,
       "quant_cycle_decision_total",
       "counter",
       "Candidates that were judged, by what became of them.",
       {"result", "model_name", "source_format", "target_format"}},
      {MetricFamily::Throughput,
       "quant_cycle_throughput_tokens_per_second",
       "gauge",
       "Median rate of the last run, batch 1; stage is prefill or decode.",
       {"model_name", "format", "stage"}},
      {MetricFamily::Duration,
       "quant_cycle_duration_seconds",
       "gauge",
       "Time that an operation of the last run took.",
       {"model_name", "operation"}},
      {MetricFamily::LastRun,
       "quant_cycle_last_run_timestamp",
       "gauge",
       "When the last run of a model ended, in seconds since 1970.",
       {"model_name"}},
  };
  return kFamilies;
}

const FamilyText& family_text(MetricFamily family) {
  return *std::ranges::find(metric_families(), family, &FamilyText::family);
}

double CycleMetrics::value(MetricFamily family, const std::vector<std::string>& labels) const {
  const auto found = samples_.find({family, valid_labels(labels)});
  return found == samples_.end() ? 0 : found->second;
}

bool CycleMetrics::has(MetricFamily family, const std::vector<std::string>& labels) const {
  return samples_.contains({family, valid_labels(labels)});
}

void CycleMetrics::set(const MetricSample& sample) {
  samples_[{sample.family, valid_labels(sample.labels)}] = sample.value;
}

void CycleMetrics::raise(const MetricSample& sample) {
  MetricSample raised = sample;
  if (std::string_view(family_text(sample.family).type) == "counter") {
    raised.value = std::max(raised.value, value(sample.family, sample.labels));
  }
  set(raised);
}

std::string CycleMetrics::text() const {
  std::string text;
  for (const FamilyText& family : metric_families()) {
    text += help_line(family) + type_line(family);
    for (const auto& [key, value] : samples_) {
      if (key.first == family.family) text += sample_line(family, key.second, value);
    }
  }
  return text + std::string(kLastMetricsLine);
}

}  // namespace nibble::offline
