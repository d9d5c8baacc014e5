// Reads metrics back, line by line, refusing what text() would not have written.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/metrics_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"

namespace nibble::offline {

std::string help_line(const FamilyText& family) {
  return std::string("# HELP ") + family.name + " " + family.help + "\n";
}

std::string type_line(const FamilyText& family) {
  return std::string("# TYPE ") + family.name + " " + family.type + "\n";
}

std::string escaped_label(std::string_view value) {
  std::string escaped;
  for (const char byte : value) {
    if (byte == '\n')
      escaped += "\\n";
    else if (byte == '"' || byte == '\\')
      escaped += {'\\', byte};
    else
      escaped += byte;
  }
  return escaped;
}

/// Takes a text apart from its front.
class MetricsReader {
 public:
  MetricsReader(std::string_view text, const std::string& where) : rest_(text), where_(where) {}

  CycleMetrics read() {
    for (const FamilyText& family : metric_families()) {
      take(help_line(family));
      take(type_line(family));
      while (rest_.starts_with(std::string(family.name) + "{")) read_sample(family);
    }
    take(kLastMetricsLine);
    if (!rest_.empty()) refuse("goes on behind its last line");
    return std::move(metrics_);
  }

 private:
  void take(std::string_view part) {
    if (!rest_.starts_with(part)) {
      refuse("should go on with '" + std::string(part.substr(0, part.find('\n'))) + "'");
    }
    line_ += std::ranges::count(part, '\n');
    rest_.remove_prefix(part.size());
  }

  void read_sample(const FamilyText& family) {
    MetricSample sample{family.family, {}, 0};
    take(std::string(family.name) + "{");
    for (size_t i = 0; i < family.labels.size(); ++i) {
      take((i == 0 ? "" : ",") + std::string(family.labels[i]) + "=\"");
      sample.labels.push_back(read_label());
    }
    take("} ");
    sample.value = read_value(family);
    if (metrics_.has(sample.family, sample.labels)) refuse("has this sample twice");
    take("\n");
    metrics_.set(sample);
  }

  /// Up to and with the quote that ends it.
  std::string read_label() {
    std::string value;
    while (!rest_.empty() && rest_.front() != '"' && rest_.front() != '\n') {
      const bool is_escape = rest_.front() == '\\';
      if (is_escape) rest_.remove_prefix(1);
      if (is_escape && !rest_.starts_with('n') && !rest_.starts_with('"') &&
          !rest_.starts_with('\\')) {
        refuse("has an escape that Prometheus does not know");
      }
      value += is_escape && rest_.front() == 'n' ? '\n' : rest_.front();
      rest_.remove_prefix(1);
    }
    take("\"");
    return value;
  }

  double read_value(const FamilyText& family) {
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const bool is_number = error == std::errc() && std::isfinite(value);
    const bool is_counter = std::string_view(family.type) == "counter";
    constexpr double kMostCounted = 9007199254740992;  // beyond, adding 1 changes nothing
    const bool counts = value >= 0 && value < kMostCounted && value == std::floor(value);
    if (!is_number || (is_counter && !counts)) refuse("has a value that cannot be");
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return value;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(where_ + ": line " + std::to_string(line_),
                     what +
                         "; these are no metrics of nibble cycle, or they are damaged. The file "
                         "stays as it is: move it away to count from 0 again");
  }

  std::string_view rest_;
  const std::string& where_;
  ptrdiff_t line_ = 1;
  CycleMetrics metrics_;
};

CycleMetrics parse_metrics(std::string_view text, const std::string& where) {
  return MetricsReader(text, where).read();
}

CycleMetrics read_metrics(const std::filesystem::path& path) {
  constexpr uint64_t kMaxMetricsBytes = 64u << 20;
  if (!std::filesystem::exists(path)) return {};
  return parse_metrics(read_input_file(path, kMaxMetricsBytes), path.string());
}

}  // namespace nibble::offline
