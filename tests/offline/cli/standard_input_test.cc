// What has no end is refused where the bound is, and nothing beyond it is kept.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/standard_input.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/offline/formats/expect_refusal.h"

namespace nibble::test {
namespace {

using offline::read_all;
using offline::read_line;

TEST(StandardInput, IsReadUpToItsBound) {
  const std::string text(10'000, 'x');
  std::istringstream exact(text), longer(text);
  EXPECT_EQ(read_all(exact, text.size(), "nobody takes that"), text);
  expect_refusal([&] { read_all(longer, text.size() - 1, "nobody takes that"); },
                 "standard input: has more than 9,999 bytes; nobody takes that");
}

TEST(StandardInput, IsReadLineByLine) {
  std::istringstream input("one\n\n12345\n123456");
  EXPECT_EQ(read_line(input, 5, "no"), "one");
  EXPECT_EQ(read_line(input, 5, "no"), "");
  EXPECT_EQ(read_line(input, 5, "no"), "12345");
  expect_refusal([&] { read_line(input, 5, "no"); },
                 "standard input: has a line of more than 5 bytes; no");
  std::istringstream last("end");
  EXPECT_EQ(read_line(last, 5, "no"), "end");
  EXPECT_EQ(read_line(last, 5, "no"), std::nullopt);
}

}  // namespace
}  // namespace nibble::test
