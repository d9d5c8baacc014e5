// The program of a blob as `nibble inspect` prints it, and names of what this version does not
// know.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/program_text.h"

#include <gtest/gtest.h>
#include <nibble/model.h>

#include <sstream>
#include <string>
#include <vector>

#include "offline/report/blob_summary.h"
#include "offline/report/blob_text.h"
#include "offline/report/names.h"
#include "tests/support/tiny_llama.h"

namespace nibble::offline {
namespace {

format::ManifestView manifest_of(const BlobBytes& blob) {
  return open_manifest({blob.data(), blob.size()}, "blob");
}

/// The lines of a table, its head first.
std::vector<std::string> lines_of(const std::string& table) {
  std::istringstream stream(table);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Names, OfARoleThatIsNotKnownAreItsNumber) {
  EXPECT_EQ(name_of(format::Role::Query), "q");
  EXPECT_EQ(name_of(static_cast<format::Role>(37)), "role 37");
}

TEST(ProgramText, SaysWhatEachOpIsGiven) {
  const test::TinyModel tiny = test::tiny_llama();
  const BlobBytes blob = build_blob(tiny.contents, {});
  const auto lines = lines_of(program_text(manifest_of(blob)));
  ASSERT_EQ(lines.size(), 1 + size_t{test::TinyLlama::kOps});
  const auto ends_with = [&](size_t op, const std::string& end) {
    EXPECT_TRUE(lines[1 + op].ends_with(end)) << lines[1 + op];
  };
  ends_with(2, "epsilon 9.99999975e-06");
  ends_with(6, "heads 4, head_dimension 16");
  ends_with(9, "scale 0.25");
  ends_with(11, "accumulate");
  ends_with(15, "activation silu");
}

TEST(BlobText, SaysWhichGenerationsOfOpsItNeeds) {
  const BlobBytes blob = test::tiny_blob();
  EXPECT_NE(blob_text(manifest_of(blob)).find("op generations"), std::string::npos);
}

}  // namespace
}  // namespace nibble::offline
