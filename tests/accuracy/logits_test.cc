// Weights stored as f16 give the logits of the definition, on every kind of model there is.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/models.h"
#include "tests/support/reference.h"
#include "tests/support/test_model.h"

namespace nibble::test {
namespace {

// Bars for the distance from the reference, relative to the largest logit.
constexpr double kTolerance = 1e-3;
/// For files whose weights are not halves: storing weights and cache as halves costs extra.
constexpr double kToleranceOfFloats = 2e-3;
constexpr size_t kContinuedTokens = 24;

double relative_distance(Span<const float> logits, const std::vector<double>& expected) {
  double distance = 0, largest_magnitude = 0;
  for (size_t id = 0; id < expected.size(); ++id) {
    // The order of the operands lets a NaN through to the result.
    const double difference = std::abs(double{logits[id]} - expected[id]);
    distance = difference <= distance ? distance : difference;
    largest_magnitude = std::max(largest_magnitude, std::abs(expected[id]));
  }
  return distance / largest_magnitude;
}

/// Both read the prompt, then what the reference finds most likely.
/// @returns the largest distance at any token
double worst_distance(const Model& model, const ReferenceModel& reference, Storing cache,
                      const std::vector<Token>& prompt) {
  TestSession session(model, {.context_tokens = 256, .cache = CacheType::F16});
  ReferenceSession expected(reference, cache);
  std::vector<double> logits;
  double worst = 0;
  for (size_t i = 0; i < prompt.size() + kContinuedTokens; ++i) {
    const Token token = i < prompt.size() ? prompt[i] : largest(logits);
    logits = expected.step(token);
    const Span<const float> found = checked(session->decode(token));
    EXPECT_EQ(found.size(), logits.size());
    const double distance = relative_distance(found, logits);
    worst = distance <= worst ? worst : distance;
  }
  return worst;
}

/// Compares twice: with a reference that stores weights and cache as halves too, which leaves the
/// arithmetic as the only difference, and with one that stores everything exactly.
void expect_the_same_logits(const std::string& blob, const std::filesystem::path& folder,
                            const std::vector<std::vector<Token>>& prompts,
                            double tolerance = kTolerance) {
  const TestModel model(blob_path(blob));
  const ReferenceModel exact(folder), halves(folder, Storing::AsHalves);
  for (const std::vector<Token>& prompt : prompts) {
    const double arithmetic = worst_distance(*model, halves, Storing::AsHalves, prompt);
    const double all = worst_distance(*model, exact, Storing::Exactly, prompt);
    EXPECT_LE(arithmetic, kTolerance) << blob;
    EXPECT_LE(all, tolerance) << blob;
    std::printf("%s, %zu tokens: arithmetic %.1e, with storage %.1e of the largest logit\n",
                blob.c_str(), prompt.size(), arithmetic, all);
  }
}

std::vector<std::vector<Token>> encoded(const std::string& blob,
                                        const std::vector<std::string>& texts) {
  const TestModel model(blob_path(blob));
  std::vector<std::vector<Token>> prompts;
  for (const std::string& text : texts) prompts.push_back(encode(*model, text, EncodeMode::Prompt));
  return prompts;
}

TEST(Logits, OfKdocAreThoseOfTheDefinition) {
  expect_the_same_logits(
      "kdoc-f16", kdoc_folder(),
      encoded("kdoc-f16",
              {"PCI device 8086:10d3 is", "errno 13 is", "The kernel", "Once upon a time",
               "config NET_VENDOR_INTEL\n\tbool \"Intel devices\""}));
}

TEST(Logits, OfStoriesAreThoseOfTheDefinition) {
  const auto folder = stories_folder();
  if (!folder) GTEST_SKIP() << "stories260k is not at ../shared/models";
  expect_the_same_logits("stories-f16", *folder / "hf",
                         encoded("stories-f16", {"Once upon a time", "Tom had a red ball."}),
                         kToleranceOfFloats);
}

TEST(Logits, OfRaggedGroupedUntiedBiasedModelAreThoseOfTheDefinition) {
  expect_the_same_logits("tiny-f16", tiny_folder(), {{1, 5, 9, 200, 3}, {1}, {250, 250, 250, 7}});
}

TEST(Logits, OfLinearlyScaledPositionsAreThoseOfTheDefinition) {
  expect_the_same_logits("tiny-linear-f16", tiny_folder("linear"), {{1, 5, 9, 200, 3, 17, 44}});
}

TEST(Logits, OfLlama3ScaledPositionsAreThoseOfTheDefinition) {
  expect_the_same_logits("tiny-llama3-f16", tiny_folder("llama3"), {{1, 5, 9, 200, 3, 17, 44}});
}

}  // namespace
}  // namespace nibble::test
