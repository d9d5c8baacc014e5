// Metrics: what is written is read back, and nothing else is.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/metrics.h"

#include <gtest/gtest.h>

#include "offline/files/input_error.h"

namespace nibble::test {
namespace {

using offline::CycleMetrics;
using offline::MetricFamily;

const std::vector<std::string> kLabels = {"keep", "a \"b\"\nc\\d \xC3\xA9", "f16", "int4"};

CycleMetrics some_metrics() {
  CycleMetrics metrics;
  metrics.set({MetricFamily::DecisionTotal, kLabels, 41});
  metrics.set({MetricFamily::Throughput, {"m", "int4", "decode"}, 123.25});
  metrics.set({MetricFamily::Duration, {"m", "copy"}, 1e-7});
  metrics.set({MetricFamily::LastRun, {"m"}, 1795318951.512});
  return metrics;
}

TEST(CycleMetrics, EscapesLabelsAsPrometheusDoes) {
  EXPECT_NE(some_metrics().text().find(
                "quant_cycle_decision_total{result=\"keep\",model_name=\"a \\\"b\\\"\\nc\\\\d "
                "\xC3\xA9\",source_format=\"f16\",target_format=\"int4\"} 41"),
            std::string::npos)
      << some_metrics().text();
}

TEST(CycleMetrics, SurviveAFile) {
  const std::string text = some_metrics().text();
  const CycleMetrics read = offline::parse_metrics(text, "m.prom");
  EXPECT_EQ(read.text(), text);
  EXPECT_EQ(read.value(MetricFamily::DecisionTotal, kLabels), 41);
  EXPECT_EQ(read.value(MetricFamily::Duration, {"m", "copy"}), 1e-7);
  EXPECT_EQ(offline::parse_metrics(CycleMetrics().text(), "m.prom").text(), CycleMetrics().text());
}

TEST(CycleMetrics, CountersNeverFall) {
  CycleMetrics metrics = some_metrics();
  metrics.raise({MetricFamily::DecisionTotal, kLabels, 40});
  EXPECT_EQ(metrics.value(MetricFamily::DecisionTotal, kLabels), 41);
  metrics.raise({MetricFamily::DecisionTotal, kLabels, 42});
  EXPECT_EQ(metrics.value(MetricFamily::DecisionTotal, kLabels), 42);
  metrics.raise({MetricFamily::Duration, {"m", "copy"}, 0});
  EXPECT_EQ(metrics.value(MetricFamily::Duration, {"m", "copy"}), 0) << "a gauge may";
}

TEST(CycleMetrics, LabelsThatAreNoUtf8AreReplaced) {
  CycleMetrics metrics;
  metrics.set({MetricFamily::LastRun, {"\xFFx"}, 1});
  EXPECT_EQ(metrics.value(MetricFamily::LastRun, {"\xEF\xBF\xBDx"}), 1);
  EXPECT_EQ(metrics.value(MetricFamily::LastRun, {"\xFFx"}), 1) << "and found under both";
}

void expect_refused(const std::string& text, const std::string& part) {
  try {
    offline::parse_metrics(text, "m.prom");
    ADD_FAILURE() << "was read: " << text;
  } catch (const offline::InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("m.prom: line "), std::string::npos) << message;
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST(CycleMetrics, CutAnywhereAreRefused) {
  const std::string whole = some_metrics().text();
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    expect_refused(whole.substr(0, size), "damaged");
  }
}

std::string replaced(const std::string& what, const std::string& with) {
  std::string text = some_metrics().text();
  return text.replace(text.find(what), what.size(), with);
}

TEST(CycleMetrics, ThatCannotBeAreRefused) {
  expect_refused(replaced("} 41", "} -41"), "value that cannot be");
  expect_refused(replaced("} 41", "} 41.5"), "value that cannot be");
  expect_refused(replaced("} 41", "} nan"), "value that cannot be");
  expect_refused(replaced("} 41", "} inf"), "value that cannot be");
  expect_refused(replaced("} 41", "} 1e300"), "value that cannot be");
  expect_refused(replaced("\\\\d", "\\d"), "an escape");
  expect_refused(replaced("result=", "resulT="), "should go on with");
  expect_refused(replaced("# TYPE", "# type"), "should go on with");
  expect_refused(some_metrics().text() + "x", "goes on");
  std::string twice = some_metrics().text();
  const size_t start = twice.find("quant_cycle_duration_seconds{");
  const size_t end = twice.find('\n', start) + 1;
  expect_refused(twice.insert(start, twice.substr(start, end - start)), "twice");
}

}  // namespace
}  // namespace nibble::test
