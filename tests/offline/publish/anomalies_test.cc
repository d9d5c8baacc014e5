// Each anomaly is told of, and good results have none.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/anomalies.h"

#include <gtest/gtest.h>

#include "tests/offline/publish/some_group.h"

namespace nibble::test {
namespace {

void expect_only(const offline::CellGroup& group, const std::string& part) {
  const auto found = offline::find_anomalies(group);
  ASSERT_EQ(found.size(), 1u) << part;
  EXPECT_NE(found[0].find(part), std::string::npos) << found[0];
}

TEST(Anomalies, AreNoneWhereAllFits) {
  EXPECT_TRUE(offline::find_anomalies(some_group()).empty());
}

TEST(Anomalies, AreToldOneByOne) {
  offline::CellGroup group = some_group();
  group.cells[2].peak_rss_bytes = group.cells[2].bill.total_bytes + 1;
  group.cells[3].peak_rss_bytes = group.cells[3].bill.total_bytes + 2'000'000;
  expect_only(group, "int8, batch 4, 1 thread: the process took 6.00 MB, 2.00 MB above the bill");

  group = some_group();
  ++group.cells[3].bill.cache_bytes;
  expect_only(group, "int8, batch 4, 1 thread: the parts of the memory bill do not add up");

  group = some_group();
  group.cells[4].decode_tokens_per_second = 99;
  expect_only(group, "int4, batch 1, 1 thread: decoding is slower than f16's");

  group = some_group();
  group.cells.pop_back();
  expect_only(group, "int4: the cell of batch 4, 1 threads is missing");

  group = some_group();
  group.cells[4].quality.reset();
  expect_only(group, "int4: quality was not measured");

  group = some_group();
  group.cells[4].sample_outputs[0].text =
      " the the the the the the the the the the the the the the the the";
  expect_only(group, "int4: the sample for \"Once upon\" repeats 1 words over 16");

  group = some_group();
  group.cells.erase(group.cells.begin(), group.cells.begin() + 2);
  expect_only(group, "there is no variant f16");
}

TEST(SampleFault, IsALoopNothingOrBrokenBytes) {
  EXPECT_EQ(offline::sample_fault("It was a list: one, two, three, and one, and two."), "");
  EXPECT_EQ(offline::sample_fault(" \n"), "says nothing");
  EXPECT_EQ(offline::sample_fault("caf\xEF\xBF\xBD"), "has bytes that are no UTF-8");
}

}  // namespace
}  // namespace nibble::test
