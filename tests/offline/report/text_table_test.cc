// Tables: alignment, widths in characters, grouped digits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/text_table.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

TEST(TextTable, AlignsColumnsAndLeavesNoSpacesAtTheEnd) {
  TextTable table({{"name"}, {"bytes", Align::Right}, {""}});
  table.add_row({"a", "1", "x"});
  table.add_row({"longer", "1,000", ""});
  EXPECT_EQ(table.text(),
            "name    bytes\n"
            "a           1  x\n"
            "longer  1,000\n");
}

TEST(TextTable, CountsCharactersNotBytes) {
  TextTable table({{""}, {""}});
  table.add_row({"±", "1"});
  table.add_row({"ab", "2"});
  EXPECT_EQ(table.text(), "±   1\nab  2\n");
}

TEST(Numbers, AreGroupedByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(100000000), "100,000,000");
}

}  // namespace
}  // namespace nibble::offline
