// The metrics of cycles: a Prometheus text file whose counters survive runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nibble::offline {

enum class MetricFamily { DecisionTotal, Throughput, Duration, LastRun };

/// What a family is called, and which labels its samples have, in this order.
struct FamilyText {
  MetricFamily family;
  const char* name;
  const char* type;
  const char* help;
  std::vector<const char*> labels;
};
std::span<const FamilyText> metric_families();
const FamilyText& family_text(MetricFamily family);

struct MetricSample {
  MetricFamily family = MetricFamily::DecisionTotal;
  std::vector<std::string> labels;  ///< values, as many as the family has labels
  double value = 0;
};

class CycleMetrics {
 public:
  double value(MetricFamily family, const std::vector<std::string>& labels) const;
  bool has(MetricFamily family, const std::vector<std::string>& labels) const;
  /// Label values that are no UTF-8 get U+FFFD, as Prometheus takes nothing else.
  void set(const MetricSample& sample);
  /// The same, except that a counter never falls: what is done twice counts once.
  void raise(const MetricSample& sample);

  /// The text format of Prometheus 0.0.4. The last line says that it is whole.
  std::string text() const;

 private:
  friend class MetricsReader;
  std::map<std::pair<MetricFamily, std::vector<std::string>>, double> samples_;
};

/// Reads what text() wrote, and nothing else. @param where  names it in messages
/// Throws InputError with the line.
CycleMetrics parse_metrics(std::string_view text, const std::string& where);

/// parse_metrics() of a file; no metrics where there is none. Throws InputError.
CycleMetrics read_metrics(const std::filesystem::path& path);

}  // namespace nibble::offline
