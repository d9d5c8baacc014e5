// nibble cycle stopped at any time: nothing half, nothing lost, nothing twice.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/offline/cycle/cycle_folder.h"
#include "tests/support/background_command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using Clock = std::chrono::steady_clock;

class StoppedCycle : public testing::Test {
 protected:
  /// Takes an event once, as docs/CYCLE.md asks of a bus: by its identity.
  std::string command() const {
    const std::string bus = folder_ / "bus";
    return "exec 9>>'" + bus + ".lock'; flock 9; grep -q \"$QUANT_EVENT_ID\" '" + bus +
           "' 2>/dev/null || cat >> '" + bus + "'";
  }
  std::vector<std::string> program() const {
    auto arguments = folder_.arguments({"--threshold", "100", "--on-decision", command()});
    arguments.insert(arguments.begin(), nibble_program());
    return arguments;
  }
  /// Runs a cycle, and sends it a signal after so much of `whole`.
  int stop(int signal, Clock::duration delay) const {
    BackgroundCommand cycle(program(), folder_ / "log");
    std::this_thread::sleep_for(delay);
    cycle.signal(signal);
    return cycle.wait();
  }
  Clock::duration whole_run() const {
    const auto start = Clock::now();
    BackgroundCommand cycle(program(), folder_ / "log");
    EXPECT_EQ(cycle.wait(), 0) << read_file(folder_ / "log");
    return Clock::now() - start;
  }
  void expect_consistent() const {
    const auto events = folder_.events();
    EXPECT_EQ(folder_.counted(), static_cast<double>(events.size()));
    EXPECT_EQ(read_file(folder_ / "bus"), read_file(folder_ / "models/quant_decisions.jsonl"));
    EXPECT_EQ(folder_.names(),
              (std::set<std::string>{"quant_cycle.prom", "quant_decisions.jsonl", "tiny-int4.nbl",
                                     "tiny.bin", "tokenizer.bin"}));
  }

  CycleFolder folder_;
};

TEST_F(StoppedCycle, KilledAnywhereLosesAndDoublesNothing) {
  const std::string source = folder_.source_bytes();
  auto whole = whole_run();
  std::mt19937 random(20261122);
  size_t stopped = 0;
  for (int i = 0; i < 40; ++i) {
    const auto share = std::uniform_real_distribution(0.0, 1.05)(random);
    const auto delay = std::chrono::duration_cast<Clock::duration>(share * whole);
    const bool is_stopped = stop(SIGKILL, delay) == 128 + SIGKILL;
    stopped += is_stopped ? 1 : 0;
    if (!is_stopped) whole = whole * 4 / 5;  // the first run took longer than others do
    EXPECT_EQ(folder_.source_bytes(), source);
  }
  EXPECT_GT(stopped, 10u) << "most kills hit a running cycle";
  whole_run();
  expect_consistent();
}

TEST_F(StoppedCycle, InterruptedAnywhereTidiesUp) {
  const std::string source = folder_.source_bytes();
  const auto whole = whole_run();
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    const auto share = std::uniform_real_distribution(0.0, 1.0)(random);
    const int signal = i % 2 == 0 ? SIGINT : SIGTERM;
    const int status = stop(signal, std::chrono::duration_cast<Clock::duration>(share * whole));
    // Before the handler is there, the signal ends the process, which has done nothing by then.
    EXPECT_TRUE(status == 130 || status == 0 || status == 128 + signal) << status;
    EXPECT_EQ(folder_.source_bytes(), source);
    expect_consistent();
  }
}

TEST_F(StoppedCycle, ExcludesASecondOne) {
  // The first one waits in its command for as long as the second one needs.
  const std::string wait = folder_ / "go";
  BackgroundCommand first(
      [&] {
        auto arguments = folder_.arguments({"--threshold", "100", "--on-decision",
                                            "until test -e '" + wait + "'; do sleep 0.05; done"});
        arguments.insert(arguments.begin(), nibble_program());
        return arguments;
      }(),
      folder_ / "log");
  for (int i = 0; i < 600 && folder_.events().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const CommandResult second = folder_.run();
  EXPECT_EQ(second.status, 3);
  EXPECT_NE(second.err.find("another nibble works on this folder"), std::string::npos)
      << second.err;
  EXPECT_EQ(run_command({"touch", wait}).status, 0);
  EXPECT_EQ(first.wait(), 0);
}

}  // namespace
}  // namespace nibble::test
