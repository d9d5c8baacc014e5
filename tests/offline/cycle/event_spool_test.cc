// Events wait in order until the command takes them, however it fails.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/event_spool.h"

#include <gtest/gtest.h>

#include <fstream>

#include "offline/cycle/shell_command.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using namespace std::chrono_literals;

class EventSpool : public testing::Test {
 protected:
  offline::DeliveryResult deliver(const std::string& command, uint32_t attempts = 1) {
    return spool_.deliver({command, 5000ms, attempts, 1ms});
  }
  std::string place(const std::string& name) const { return folder_ / name; }
  std::string bus() const {
    return std::filesystem::exists(place("bus")) ? read_file(place("bus")) : "";
  }

  TemporaryFolder folder_;
  offline::EventSpool spool_{folder_ / "spool"};
};

TEST_F(EventSpool, DeliversInOrderAndForgets) {
  for (const char* id : {"c", "a", "b", "a"}) spool_.add(id, std::string("event ") + id);
  const auto result = deliver("cat >> '" + place("bus") + "'");
  EXPECT_EQ(result.delivered, 3u);
  EXPECT_EQ(result.waiting, 0u);
  EXPECT_EQ(bus(), "event c\nevent a\nevent b\n") << "as they came, and 'a' once";
  EXPECT_TRUE(spool_.waiting().empty());
}

TEST_F(EventSpool, KeepsWhatTheCommandDoesNotTake) {
  spool_.add("a", "1");
  spool_.add("b", "2");
  // The second event fails: the first is gone by then.
  const auto result = deliver("read line; test \"$line\" = 1");
  EXPECT_EQ(result.delivered, 1u);
  EXPECT_EQ(result.waiting, 1u);
  EXPECT_EQ(result.failure, "ended with status 1");
  EXPECT_EQ(deliver("cat > '" + place("bus") + "'").delivered, 1u);
  EXPECT_EQ(bus(), "2\n");
}

TEST_F(EventSpool, TriesAgain) {
  spool_.add("a", "1");
  const std::string command =
      "echo x >> '" + place("tries") + "'; test $(wc -l < '" + place("tries") + "') = 3";
  EXPECT_EQ(deliver(command, 2).waiting, 1u);
  EXPECT_EQ(deliver(command, 2).waiting, 0u);
  EXPECT_EQ(read_file(place("tries")), "x\nx\nx\n");
}

TEST_F(EventSpool, NumbersGoOnBehindWhatWaits) {
  spool_.add("z", "1");
  spool_.add("y", "2");
  deliver("read line; test \"$line\" = 1");
  spool_.add("a", "3");
  deliver("cat >> '" + place("bus") + "'");
  EXPECT_EQ(bus(), "2\n3\n");
}

TEST_F(EventSpool, PassesOverWhatAKillLeft) {
  spool_.add("a", "1");
  std::ofstream(folder_ / "spool/.000000000002-b.json.Ab12Cd") << "half";
  EXPECT_EQ(spool_.waiting().size(), 1u);
  spool_.remove_unfinished();
  EXPECT_EQ(deliver("true").delivered, 1u);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "spool"));
}

TEST(ShellCommand, TellsHowItEnded) {
  EXPECT_FALSE(offline::run_shell_command({"exit 0", "", "", 5000ms}));
  EXPECT_EQ(offline::run_shell_command({"exit 7", "", "", 5000ms}), "ended with status 7");
  EXPECT_EQ(offline::run_shell_command({"kill -9 $$", "", "", 5000ms}), "was ended by signal 9");
  EXPECT_FALSE(offline::run_shell_command({"test \"$QUANT_EVENT_ID\" = me", "", "me", 5000ms}));
  EXPECT_FALSE(offline::run_shell_command({"true", std::string(1 << 20, 'x'), "", 5000ms}))
      << "a command need not read its input";
}

TEST(ShellCommand, IsKilledWithItsChildrenWhenItTakesTooLong) {
  const TemporaryFolder folder;
  const std::string mark = folder / "mark";
  const auto failure =
      offline::run_shell_command({"(sleep 1; touch '" + mark + "') & wait", "", "", 50ms});
  EXPECT_EQ(failure, "took more than 50 ms");
  EXPECT_EQ(run_command({"sleep", "1.3"}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(mark));
}

}  // namespace
}  // namespace nibble::test
