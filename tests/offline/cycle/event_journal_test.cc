// The file of events keeps every event once, and repairs what a kill left.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/event_journal.h"

#include <gtest/gtest.h>

#include <fstream>

#include "offline/files/input_error.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

std::string line(const std::string& id) {
  return R"({"event_type":"QUANT_DECISION","event_id":")" + id + "\"}";
}

class EventJournal : public testing::Test {
 protected:
  void append(const std::string& id) const { offline::append_event(path(), id, line(id)); }
  void write(const std::string& text) const { std::ofstream(path()) << text; }
  std::string text() const { return read_file(path()); }
  std::filesystem::path path() const { return folder_ / "events.jsonl"; }

 private:
  TemporaryFolder folder_;
};

TEST_F(EventJournal, HasEachEventOnce) {
  append("a");
  append("b");
  append("a");
  EXPECT_EQ(text(), line("a") + "\n" + line("b") + "\n");
}

TEST_F(EventJournal, DropsALineThatWasCutAnywhere) {
  for (size_t size = 1; size <= line("b").size(); ++size) {
    write(line("a") + "\n" + line("b").substr(0, size));
    append("b");
    EXPECT_EQ(text(), line("a") + "\n" + line("b") + "\n") << size;
  }
}

TEST_F(EventJournal, LeavesAFileOfSomethingElseAlone) {
  write("shopping list\nbread");
  EXPECT_THROW(append("a"), offline::InputError);
  EXPECT_EQ(text(), "shopping list\nbread");
}

TEST_F(EventJournal, FindsAnEventFarBack) {
  append("first");
  for (int i = 0; i < 2000; ++i) append("other" + std::to_string(i));
  append("first");
  EXPECT_EQ(text().find(line("first")), text().rfind(line("first")));
}

}  // namespace
}  // namespace nibble::test
