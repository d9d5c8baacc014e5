// The sampler against its chain written plainly in double precision, and its promises.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>
#include <nibble/sampler.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <new>
#include <random>
#include <set>
#include <vector>

#include "runtime/kernels/kernels.h"

namespace nibble {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

const Kernels& scalar() {
  return *kernels_named({"scalar", 6});
}

/// A sampler and its memory.
class Picker {
 public:
  Picker(const SamplerConfig& config, uint32_t vocabulary, const Kernels& kernels = scalar())
      : memory_(Sampler::workspace_bytes(vocabulary).value() + 64),
        sampler_(Sampler::create(config, vocabulary, kernels, aligned()).value()) {}

  int64_t log_likelihood(const std::vector<float>& logits, Token token) {
    return sampler_.log_likelihood({logits.data(), logits.size()}, token);
  }
  Token pick(const std::vector<float>& logits, const std::vector<Token>& history = {}) {
    return sampler_.pick({logits.data(), logits.size()}, {history.data(), history.size()});
  }

  /// What a draw takes.
  uint32_t steps(const std::vector<float>& logits) {
    uint32_t count = 1;
    sampler_.begin_pick({logits.data(), logits.size()}, {});
    while (!sampler_.step()) ++count;
    return count;
  }

 private:
  MutableBytes aligned() {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    return {memory_.data() + (64 - address % 64) % 64, memory_.size() - 64};
  }
  std::vector<uint8_t> memory_;
  Sampler sampler_;
};

Token pick_once(const SamplerConfig& config, const std::vector<float>& logits,
                const std::vector<Token>& history = {}) {
  return Picker(config, static_cast<uint32_t>(logits.size())).pick(logits, history);
}

std::vector<float> random_logits(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

/// Probabilities after the whole chain, by its definition.
std::map<Token, double> reference(const SamplerConfig& config, const std::vector<float>& logits,
                                  const std::vector<Token>& history) {
  std::vector<std::pair<double, Token>> order;
  const size_t window = std::min<size_t>(config.repeat_window_tokens, history.size());
  const std::set<Token> recent(history.end() - static_cast<ptrdiff_t>(window), history.end());
  for (Token token = 0; token < logits.size(); ++token) {
    double value = static_cast<double>(logits[token]);
    const double penalty = config.repeat_penalty_milli / 1000.0;
    if (recent.contains(token)) value = value > 0 ? value / penalty : value * penalty;
    order.emplace_back(-value / (config.temperature_milli / 1000.0), token);
  }
  std::sort(order.begin(), order.end());
  if (config.top_k != 0 && config.top_k < order.size()) order.resize(config.top_k);
  double total = 0, sum = 0;
  for (const auto& [negative, token] : order) total += std::exp(-negative);
  std::map<Token, double> kept;
  const double best = std::exp(-order[0].first);
  for (const auto& [negative, token] : order) {
    if (sum >= config.top_p_milli / 1000.0 * total) break;
    sum += std::exp(-negative);
    if (std::exp(-negative) >= config.min_p_milli / 1000.0 * best) {
      kept[token] = std::exp(-negative);
    }
  }
  double kept_total = 0;
  for (const auto& [token, weight] : kept) kept_total += weight;
  for (auto& [token, weight] : kept) weight /= kept_total;
  return kept;
}

TEST(Sampler, TemperatureZeroTakesTheLargestAndTheLowestIdAmongEquals) {
  EXPECT_EQ(pick_once({}, {1, 3, 2}), 1u);
  EXPECT_EQ(pick_once({}, {1, 3, 3, 3}), 1u);
  EXPECT_EQ(pick_once({}, {-0.0f, 0.0f}), 0u);
  EXPECT_EQ(pick_once({}, {1, kInfinity, 2, kInfinity}), 1u);
}

TEST(Sampler, NanIsNeverPickedAndNothingMeansTokenZero) {
  const SamplerConfig greedy, warm = {.temperature_milli = 1000};
  for (const SamplerConfig& config : {greedy, warm}) {
    EXPECT_EQ(pick_once(config, {kNan, -kInfinity, -5, kNan}), 2u);
    EXPECT_EQ(pick_once(config, {kNan, kNan, kNan}), 0u);
    EXPECT_EQ(pick_once(config, {-kInfinity, -kInfinity}), 0u);
    EXPECT_EQ(pick_once(config, {kNan, -kInfinity}), 0u);
  }
}

TEST(Sampler, InfinityWinsAtEveryTemperature) {
  for (const uint32_t temperature : {1u, 1000u, 100000u}) {
    EXPECT_EQ(pick_once({.temperature_milli = temperature}, {1, kInfinity, 3e38f}), 1u);
  }
}

TEST(Sampler, OneOfTopKIsTheLargest) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    const std::vector<float> logits = random_logits(101, seed);
    EXPECT_EQ(pick_once({.temperature_milli = 2000, .top_k = 1, .seed = seed}, logits),
              pick_once({}, logits));
  }
}

TEST(Sampler, NextToZeroTopPKeepsTheLargest) {
  const std::vector<float> logits = random_logits(1000, 3);
  EXPECT_EQ(pick_once({.temperature_milli = 1000, .top_p_milli = 1}, logits),
            pick_once({}, logits));
}

TEST(Sampler, TheSameSeedGivesTheSameTokensAndAnotherGivesOthers) {
  const std::vector<float> logits = random_logits(500, 7);
  const auto run = [&](uint64_t seed) {
    Picker picker({.temperature_milli = 1000, .seed = seed}, 500);
    std::vector<Token> tokens;
    for (int i = 0; i < 50; ++i) tokens.push_back(picker.pick(logits));
    return tokens;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

/// Draws many times: only allowed tokens come, each as often as its probability says.
void expect_distribution(const SamplerConfig& config, const std::vector<float>& logits,
                         const std::vector<Token>& history = {}) {
  constexpr int kDraws = 20000;
  const std::map<Token, double> expected = reference(config, logits, history);
  Picker picker(config, static_cast<uint32_t>(logits.size()));
  std::map<Token, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[picker.pick(logits, history)];
  for (const auto& [token, count] : counts) {
    EXPECT_TRUE(expected.contains(token)) << token << " drawn " << count << " times";
  }
  for (const auto& [token, probability] : expected) {
    const double mean = kDraws * probability;
    const double deviation = std::sqrt(mean * (1 - probability));
    EXPECT_NEAR(counts[token], mean, 5 * deviation + 1) << token;
  }
}

TEST(Sampler, DrawsEachTokenAsOftenAsTheChainSays) {
  const std::vector<float> logits = random_logits(40, 11);
  const std::vector<Token> history = {0, 3, 3, 7, 9, 3};
  expect_distribution({.temperature_milli = 1000, .seed = 1}, logits);
  expect_distribution({.temperature_milli = 3000, .seed = 2}, logits);
  expect_distribution({.temperature_milli = 2000, .top_k = 5, .seed = 3}, logits);
  expect_distribution({.temperature_milli = 2000, .top_k = 400, .seed = 3}, logits);
  expect_distribution({.temperature_milli = 2000, .top_p_milli = 800, .seed = 4}, logits);
  expect_distribution({.temperature_milli = 2000, .min_p_milli = 100, .seed = 5}, logits);
  expect_distribution({.temperature_milli = 1000, .min_p_milli = 1000, .seed = 5}, logits);
  expect_distribution({.temperature_milli = 3000,
                       .top_k = 20,
                       .top_p_milli = 900,
                       .min_p_milli = 50,
                       .repeat_penalty_milli = 1500,
                       .repeat_window_tokens = 4,
                       .seed = 6},
                      logits, history);
}

TEST(Sampler, EqualLogitsAtTheCutKeepTheLowestIds) {
  Picker picker({.temperature_milli = 1000, .top_k = 3}, 10);
  std::set<Token> drawn;
  for (int i = 0; i < 200; ++i) drawn.insert(picker.pick(std::vector<float>(10, 1.0f)));
  EXPECT_EQ(drawn, (std::set<Token>{0, 1, 2}));
}

TEST(Sampler, PenalizesRecentTokensOnceWhateverTheirSign) {
  const SamplerConfig config = {.repeat_penalty_milli = 2000, .repeat_window_tokens = 2};
  EXPECT_EQ(pick_once(config, {4, 3}, {0, 0}), 1u);        // 2 against 3
  EXPECT_EQ(pick_once(config, {4, 1.5f}, {0, 0}), 0u);     // 2, not 1, against 1.5
  EXPECT_EQ(pick_once(config, {-1, -1.5f}, {0}), 1u);      // −2 against −1.5
  EXPECT_EQ(pick_once(config, {4, 3, 0}, {0, 2, 2}), 0u);  // out of the window
}

TEST(Sampler, EveryKernelSetPicksTheSameTokens) {
  const uint64_t features = cpu_features();
  const std::vector<float> logits = random_logits(3001, 5);
  const SamplerConfig config = {.temperature_milli = 1500, .top_k = 200, .top_p_milli = 950};
  Picker expected(config, 3001);
  std::vector<Token> tokens;
  for (int i = 0; i < 100; ++i) tokens.push_back(expected.pick(logits));
  for (const Kernels* kernels : compiled_kernels()) {
    if (!runs_on(*kernels, features)) continue;
    Picker picker(config, 3001, *kernels);
    for (const Token token : tokens) ASSERT_EQ(picker.pick(logits), token) << kernels->name;
  }
}

/// Logits that are the same on every machine, in a vocabulary of many slices; some are equal.
std::vector<float> plain_logits(size_t count) {
  std::vector<float> logits(count);
  uint32_t state = 12345;
  for (float& logit : logits) {
    state = state * 1664525 + 1013904223;
    logit = static_cast<float>(static_cast<int32_t>(state >> 12) - (1 << 19)) / 65536.0f;
  }
  return logits;
}

constexpr uint32_t kManySlices = 30011;
const SamplerConfig kChains[] = {
    {},
    {.repeat_penalty_milli = 1300},
    {.temperature_milli = 800},
    {.temperature_milli = 800, .top_k = 40},
    {.temperature_milli = 3000, .top_k = kManySlices - 1},
    {.temperature_milli = 1000, .top_p_milli = 999},
    {.temperature_milli = 5000, .top_p_milli = 950, .min_p_milli = 2},
    {.temperature_milli = 2000, .min_p_milli = 50},
    {.temperature_milli = 1500,
     .top_k = 5000,
     .top_p_milli = 900,
     .min_p_milli = 10,
     .repeat_penalty_milli = 1200},
};

// Recorded when a token was drawn in one piece: slices change nothing.
TEST(Sampler, DrawsTheTokensOfEveryReleaseBefore) {
  const std::vector<float> logits = plain_logits(kManySlices);
  std::vector<Token> history(9000);
  for (Token i = 0; i < history.size(); ++i) history[i] = i * 3;
  uint64_t digest = 14695981039346656037u;
  for (SamplerConfig config : kChains) {
    config.seed = 99;
    config.repeat_window_tokens = 8000;
    Picker picker(config, kManySlices);
    for (int i = 0; i < 50; ++i) digest = (digest ^ picker.pick(logits, history)) * 1099511628211u;
    digest = (digest ^ static_cast<uint64_t>(picker.log_likelihood(logits, 77))) * 1099511628211u;
  }
  EXPECT_EQ(digest, 3382611367817124270u);
}

// A step has a few thousand elements, or some hundred that go through a heap.
TEST(Sampler, DrawsInManySmallSteps) {
  const std::vector<float> logits = plain_logits(kManySlices);
  const auto steps = [&](const SamplerConfig& config) {
    return Picker(config, kManySlices).steps(logits);
  };
  EXPECT_GE(steps({}), kManySlices / 5000);
  EXPECT_GE(steps({.temperature_milli = 1000}), 6 * kManySlices / 5000);
  // Half of the tokens make the heap, and nearly all of them come out again.
  EXPECT_GE(steps({.temperature_milli = 100000, .top_p_milli = 999}), 5 * kManySlices / 4 / 150);
}

TEST(Sampler, LeavesTheLogitsAlone) {
  const std::vector<float> logits = random_logits(100, 1);
  std::vector<float> given = logits;
  Picker({.temperature_milli = 700, .top_k = 10, .repeat_penalty_milli = 1300}, 100)
      .pick(given, {1, 2, 3});
  EXPECT_EQ(given, logits);
}

TEST(Sampler, RefusesSettingsOutOfRange) {
  alignas(64) static uint8_t memory[4096];
  const MutableBytes workspace(memory, sizeof memory);
  const auto error = [&](const SamplerConfig& config) {
    return Sampler::create(config, 8, scalar(), workspace).error();
  };
  EXPECT_EQ(error({}), Error::None);
  EXPECT_EQ(error({.temperature_milli = 100001}), Error::BadArgument);
  EXPECT_EQ(error({.top_p_milli = 0}), Error::BadArgument);
  EXPECT_EQ(error({.top_p_milli = 1001}), Error::BadArgument);
  EXPECT_EQ(error({.min_p_milli = 1001}), Error::BadArgument);
  EXPECT_EQ(error({.repeat_penalty_milli = 99}), Error::BadArgument);
  EXPECT_EQ(error({.repeat_penalty_milli = 10001}), Error::BadArgument);
  EXPECT_EQ(Sampler::create({}, 0, scalar(), workspace).error(), Error::BadArgument);
  EXPECT_EQ(Sampler::workspace_bytes(format::kMaxVocabulary + 1).error(), Error::BadArgument);
}

TEST(Sampler, RefusesTooSmallOrMisalignedAWorkspace) {
  alignas(64) static uint8_t memory[4096];
  const size_t needed = Sampler::workspace_bytes(100).value();
  const auto failure = [&](MutableBytes workspace) {
    return Sampler::create({}, 100, scalar(), workspace).failure();
  };
  EXPECT_EQ(failure({memory, needed}).error, Error::None);
  EXPECT_EQ(failure({memory, needed - 1}).error, Error::ArenaTooSmall);
  EXPECT_EQ(failure({memory, needed - 1}).where, needed);
  EXPECT_EQ(failure({memory + 8, needed}).error, Error::ArenaMisaligned);
}

TEST(LogLikelihood, IsThatOfTheSoftmaxInDoublePrecision) {
  for (const size_t count : {1u, 2u, 7u, 8u, 300u, 4097u}) {
    const std::vector<float> logits = random_logits(count, static_cast<uint32_t>(count));
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    for (const Kernels* kernels : compiled_kernels()) {
      if (!runs_on(*kernels, cpu_features())) continue;
      Picker picker({}, static_cast<uint32_t>(count), *kernels);
      for (size_t token = 0; token < count; token += 1 + count / 7) {
        const double expected = static_cast<double>(logits[token]) - std::log(sum);
        EXPECT_NEAR(picker.log_likelihood(logits, static_cast<Token>(token)), expected * 1e6, 3)
            << count << ", " << token;
      }
    }
  }
}

TEST(LogLikelihood, TakesWhatIsNoNumber) {
  const std::vector<float> logits = {kNan, 1.0f, -kInfinity, 1.0f};
  Picker picker({}, 4);
  EXPECT_EQ(picker.log_likelihood(logits, 1), -693147);
  EXPECT_LT(picker.log_likelihood(logits, 0), -1'000'000'000);
  EXPECT_LT(picker.log_likelihood(logits, 2), -1'000'000'000);
  EXPECT_EQ(Picker({}, 2).log_likelihood({kInfinity, 0.0f}, 0), 0);
  EXPECT_EQ(Picker({}, 2).log_likelihood({kNan, kNan}, 0),
            Picker({}, 2).log_likelihood({kNan, kNan}, 1));
}

}  // namespace
}  // namespace nibble
