// A decision that was written down takes effect once, wherever it was stopped.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/commit.h"

#include <gtest/gtest.h>

#include <fstream>

#include "offline/cycle/event_spool.h"
#include "offline/files/input_error.h"
#include "offline/files/output_file.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using offline::MetricFamily;

constexpr const char* kLine = R"({"event_type":"QUANT_DECISION","event_id":"e1"})";

class Commit : public testing::Test {
 protected:
  Commit() {
    std::filesystem::create_directories(places_.work());
    std::ofstream(places_.candidate()) << "blob";
    offline::write_pending(places_.pending(), decision_);
  }

  void expect_done() const {
    EXPECT_EQ(read_file(places_.output / "m-int4.nbl"), "blob");
    EXPECT_EQ(read_file(places_.events), std::string(kLine) + "\n");
    EXPECT_EQ(offline::read_metrics(places_.metrics).value(MetricFamily::DecisionTotal, labels_),
              3);
    EXPECT_EQ(offline::EventSpool(places_.spool()).waiting().size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(places_.pending()));
  }

  TemporaryFolder folder_;
  offline::CyclePlaces places_{folder_.path(), folder_.path(), folder_ / "m.prom",
                               folder_ / "e.jsonl"};
  std::vector<std::string> labels_ = {"keep", "m\n\"", "f16", "int4"};
  offline::PendingDecision decision_{
      "e1", kLine, "m-int4.nbl", {{MetricFamily::DecisionTotal, labels_, 3}}, true};
  offline::FolderLocks locks_;
};

TEST_F(Commit, HappensOnceHoweverOftenItIsRepeated) {
  for (int i = 0; i < 3; ++i) {
    if (i != 0) offline::write_pending(places_.pending(), decision_);
    EXPECT_TRUE(offline::finish_pending(places_, locks_));
    expect_done();
  }
  EXPECT_FALSE(offline::finish_pending(places_, locks_));
}

TEST_F(Commit, IsRecoveredBeforeTheWorkFolderGoes) {
  EXPECT_TRUE(offline::recover(places_, locks_));
  expect_done();
  EXPECT_FALSE(std::filesystem::exists(places_.work()));
}

TEST_F(Commit, WaitsBehindDamagedMetrics) {
  std::ofstream(places_.metrics) << "damaged";
  EXPECT_THROW(offline::finish_pending(places_, locks_), offline::InputError);
  EXPECT_EQ(read_file(places_.metrics), "damaged");
  offline::clean_up(places_);
  std::filesystem::remove(places_.metrics);
  EXPECT_TRUE(offline::recover(places_, locks_));
  expect_done();
}

TEST_F(Commit, KeepsTheCandidateWhereItsNameIsTaken) {
  std::filesystem::create_directory(places_.output / "m-int4.nbl");
  EXPECT_THROW(offline::finish_pending(places_, locks_), offline::OutputError);
  offline::clean_up(places_);
  std::filesystem::remove(places_.output / "m-int4.nbl");
  EXPECT_TRUE(offline::recover(places_, locks_));
  expect_done();
}

TEST_F(Commit, RefusesARecordThatLeadsOutOfTheFolder) {
  decision_.blob_name = "../elsewhere.nbl";
  offline::write_pending(places_.pending(), decision_);
  EXPECT_THROW(offline::finish_pending(places_, locks_), offline::InputError);
}

}  // namespace
}  // namespace nibble::test
