// Children that answer, fail, die, hang, and say more than a pipe holds.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <stdexcept>

namespace nibble::offline {
namespace {

constexpr double kLong = 60, kShort = 0.2;  // seconds

TEST(ChildProcess, GivesBackWhatTheTaskSays) {
  const std::string much(1'000'000, 'x');
  const ChildResult result = run_in_copy([&] { return much; }, kLong);
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.output, much);
}

TEST(ChildProcess, TellsEndingsApart) {
  const ChildResult thrown =
      run_in_copy([]() -> std::string { throw std::runtime_error("no"); }, kLong);
  EXPECT_EQ(thrown.exit_status, 3);
  const ChildResult killed = run_in_copy(
      []() -> std::string {
        ::raise(SIGKILL);
        return "";
      },
      kLong);
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_FALSE(killed.succeeded());
  EXPECT_NE(killed.ending().find("signal 9"), std::string::npos);
}

TEST(ChildProcess, EndsWhatHangs) {
  const auto hang = []() -> std::string {
    for (;;) ::pause();
  };
  EXPECT_TRUE(run_in_copy(hang, kShort).timed_out);
  const auto close_and_hang = [&] {
    for (int descriptor = 3; descriptor < 64; ++descriptor) ::close(descriptor);
    return hang();
  };
  EXPECT_TRUE(run_in_copy(close_and_hang, kShort).timed_out);
}

}  // namespace
}  // namespace nibble::offline
