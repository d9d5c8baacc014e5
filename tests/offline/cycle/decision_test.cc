// Keep or reject, at the limits and beside them; events of decisions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/decision.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "offline/cycle/event.h"
#include "offline/files/utc_time.h"

namespace nibble::test {
namespace {

using offline::CycleFigures;
using offline::Decision;

Decision decision(double original, double quantized, std::optional<double> loss = {}) {
  return offline::decide({original, quantized, loss}, {12, 2}).decision;
}

TEST(Decision, KeepsBelowTheThresholdAndRejectsAtIt) {
  EXPECT_EQ(decision(100, 88), Decision::Reject) << "exactly 12 %";
  EXPECT_EQ(decision(100, std::nextafter(88.0, 100.0)), Decision::Keep);
  EXPECT_EQ(decision(100, 87.9), Decision::Reject);
  EXPECT_EQ(decision(100, 250), Decision::Keep) << "faster is no drop";
}

TEST(Decision, RejectsAQualityLossAtItsLimit) {
  EXPECT_EQ(decision(100, 100, 2.0), Decision::Reject);
  EXPECT_EQ(decision(100, 100, std::nextafter(2.0, 0.0)), Decision::Keep);
  EXPECT_EQ(decision(100, 100, -0.5), Decision::Keep);
  EXPECT_EQ(decision(100, 50, 0.1), Decision::Reject) << "either limit is enough";
}

TEST(Decision, RejectsWhatIsNoNumber) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const double endless = std::numeric_limits<double>::infinity();
  EXPECT_EQ(decision(0, 0), Decision::Reject);
  EXPECT_EQ(decision(none, 100), Decision::Reject);
  EXPECT_EQ(decision(100, endless), Decision::Reject);
  EXPECT_EQ(decision(100, 100, none), Decision::Reject);
}

offline::DecisionEvent event() {
  offline::DecisionEvent event;
  event.event_id = "0123";
  event.model_name = "two\nlines, \"quoted\", caf\xC3\xA9, \xFF";
  event.figures = {200, 150, {}};
  event.verdict = offline::decide(event.figures, {12, 2});
  event.source_format = "f16";
  event.target_format = "int4";
  event.timestamp = offline::iso_time(std::chrono::system_clock::time_point());
  event.cycle_version = "nibble 1";
  return event;
}

TEST(DecisionEvent, IsOneLineOfJson) {
  const std::string line = event().line();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json.at("event_type"), "QUANT_DECISION");
  EXPECT_EQ(json.at("model_name"), "two\nlines, \"quoted\", caf\xC3\xA9, \xEF\xBF\xBD");
  EXPECT_EQ(json.at("decision"), "reject");
  EXPECT_EQ(json.at("throughput_drop_percent"), 25);
  EXPECT_EQ(json.at("timestamp"), "1970-01-01T00:00:00Z");
  EXPECT_TRUE(json.at("quality_loss_percent").is_null());
}

TEST(DecisionEvent, OfADryRunHasNoFigure) {
  offline::DecisionEvent dry = event();
  dry.is_dry_run = true;
  dry.blob_name = "a.nbl";
  const auto json = nlohmann::json::parse(dry.line());
  EXPECT_EQ(json.at("event_type"), "QUANT_DECISION_DRY_RUN");
  for (const char* member : {"original_throughput", "quantized_throughput", "blob",
                             "throughput_drop_percent", "quality_loss_percent"}) {
    EXPECT_TRUE(json.at(member).is_null()) << member;
  }
  EXPECT_EQ(json.at("reason").get<std::string>().find("25"), std::string::npos);
}

TEST(EventId, IsNeverTheSame) {
  const std::string id = offline::new_event_id();
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, offline::new_event_id());
}

}  // namespace
}  // namespace nibble::test
