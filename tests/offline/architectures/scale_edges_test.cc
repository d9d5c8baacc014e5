// Factors folded into both sides of an activation leave what a model computes as it was.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using offline::Network;
using offline::ScaleEdge;

const TinySource& source() {
  static const TinySource source;
  return source;
}

Network halves() {
  return source().compile({format::TensorType::F16, 0});
}

std::vector<float> logits_of(const Network& network) {
  const offline::BuiltModel model = source().build(network);
  SessionConfig config;
  config.context_tokens = 16;
  const offline::HostSession session(model.loaded(), config);
  const std::vector<Token> tokens = {1, 7, 300, 41, 5, 290};
  EXPECT_TRUE(session->prefill({tokens.data(), tokens.size()}).ok());
  const Span<const float> logits = session->logit_row(0).value();
  return {logits.begin(), logits.end()};
}

/// Powers of two, so that no product rounds: 1/4, 1/2, 1, 2 or 4 for each row of the producers.
std::vector<float> factors_for(const ScaleEdge& edge, std::mt19937& random) {
  const uint32_t rows = *std::max_element(edge.row_of_column.begin(), edge.row_of_column.end()) + 1;
  std::vector<float> factors;
  for (uint32_t row = 0; row < rows; ++row) {
    factors.push_back(std::ldexp(1.0f, static_cast<int>(random() % 5) - 2));
  }
  return factors;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

// Halves too small to be normal lose bits when they are divided; all other values stay exact.
constexpr float kSubnormalLoss = 1e-3f;

TEST(ScaleEdges, LeaveTheLogitsWhenBothSidesAreFolded) {
  const std::vector<float> expected = logits_of(halves());
  const size_t edges = halves().scale_edges.size();
  ASSERT_EQ(edges, 9u);
  std::mt19937 random(5);
  for (size_t i = 0; i < edges; ++i) {
    Network network = halves();
    const ScaleEdge edge = network.scale_edges[i];
    fold_scales(network, edge, factors_for(edge, random));
    EXPECT_LT(largest_difference(logits_of(network), expected), kSubnormalLoss) << "edge " << i;
  }
}

TEST(ScaleEdges, MayAllBeFoldedAtOnce) {
  Network network = halves();
  std::mt19937 random(6);
  const std::vector<ScaleEdge> edges = network.scale_edges;
  for (const ScaleEdge& edge : edges) fold_scales(network, edge, factors_for(edge, random));
  EXPECT_LT(largest_difference(logits_of(network), logits_of(halves())), kSubnormalLoss);
}

TEST(ScaleEdges, ChangeTheLogitsWhenOneSideIsFolded) {
  for (const bool of_producers : {true, false}) {
    Network network = halves();
    ScaleEdge edge = network.scale_edges[1];
    (of_producers ? edge.consumers : edge.producers).clear();
    std::mt19937 random(7);
    fold_scales(network, edge, factors_for(edge, random));
    EXPECT_GT(largest_difference(logits_of(network), logits_of(halves())), 100 * kSubnormalLoss);
  }
}

TEST(ScaleEdges, TakeOneFactorPerRow) {
  Network network = halves();
  const ScaleEdge edge = network.scale_edges[0];
  EXPECT_THROW(fold_scales(network, edge, {1, 2}), std::invalid_argument);
}

}  // namespace
}  // namespace nibble::test
