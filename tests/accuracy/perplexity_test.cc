// Perplexity through `nibble eval`: as published with halves, hardly worse with INT8.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;

/// Perplexities of several blobs over the first windows of a text, in the blobs' order; the first
/// blob is what the others are compared with.
class Perplexities {
 public:
  Perplexities(std::vector<std::string> blobs, const std::filesystem::path& text, int windows)
      : blobs_(std::move(blobs)) {
    std::vector<std::string> command = {"eval"};
    for (const std::string& blob : blobs_) command.push_back(blob_path(blob));
    command.insert(command.end(), {"--text", text, "--window", "256", "--windows",
                                   std::to_string(windows), "--threads", "2", "--json"});
    const CommandResult result = run_nibble(command, {.timeout_seconds = 280});
    EXPECT_EQ(result.status, 0) << result.err;
    report_ = Json::parse(result.out).at("blobs");
  }

  const Json& of(size_t blob) const { return report_.at(blob); }
  /// How far a blob is above the first one, in percent; also printed.
  double loss_percent(size_t blob) const {
    const double nll = of(blob).at("nll"), baseline = of(0).at("nll");
    const double percent = 100 * std::expm1(nll - baseline);
    std::printf("%s: perplexity %.4f, %+.3f %% of %s\n", blobs_[blob].c_str(), std::exp(nll),
                percent, blobs_[0].c_str());
    testing::Test::RecordProperty(blobs_[blob], std::to_string(percent));
    return percent;
  }

 private:
  std::vector<std::string> blobs_;
  Json report_;
};

TEST(Perplexity, OfKdocStoredAsHalvesIsThePublishedOne) {
  const auto text = kdoc_heldout_text();
  if (!text) GTEST_SKIP() << "the held-out text is not at ../shared/texts/kdoc";
  const Json published = Json::parse(std::ifstream(kdoc_folder() / "reference.json")).at("heldout");
  const Perplexities found({"kdoc-f16"}, *text, 200);
  EXPECT_EQ(found.of(0).at("tokens"), published.at("tokens"));
  const double expected = published.at("perplexity");
  EXPECT_NEAR(found.of(0).at("perplexity").get<double>(), expected, 0.002 * expected);
  std::printf("kdoc-f16: perplexity %.5f, published %.5f\n",
              found.of(0).at("perplexity").get<double>(), expected);
}

// INT8 has a bar; INT4 rounded to nearest is printed, and bounded only so that a broken grid shows.
constexpr double kInt8Percent = 0.5, kBrokenGridPercent = 25;

TEST(Perplexity, OfKdocHardlyGrowsWithInt8) {
  const auto text = kdoc_heldout_text();
  if (!text) GTEST_SKIP() << "the held-out text is not at ../shared/texts/kdoc";
  const Perplexities found({"kdoc-f16", "kdoc-int8", "kdoc-int4-g32"}, *text, 60);
  EXPECT_LE(found.loss_percent(1), kInt8Percent);
  EXPECT_LE(found.loss_percent(2), kBrokenGridPercent);
}

TEST(Perplexity, OfStoriesHardlyGrowsWithInt8) {
  const auto text = stories_heldout_text();
  if (!text || !stories_folder()) GTEST_SKIP() << "stories260k or its text is not at ../shared";
  const Perplexities found({"stories-f16", "stories-int8", "stories-int4-g32"}, *text, 100);
  EXPECT_LE(found.loss_percent(1), kInt8Percent);
  EXPECT_LE(found.loss_percent(2), kBrokenGridPercent);
}

}  // namespace
}  // namespace nibble::test
