// Every architecture gives the logits of its published definition, on a tiny model of its own.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "offline/calibrate/built_model.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_sources.h"

namespace nibble::test {
namespace {

using offline::SourceModel;

/// Of the largest logit. Weights are halves in both, and so is the cache, where a number near the
/// middle may become either half; a factor that is folded into weights, as Granite's, is rounded
/// once more.
constexpr double kTolerance = 5e-4, kToleranceOfFoldedFactors = 1e-3;
constexpr uint32_t kTokens = 160;  // more than a window keeps

class Architectures : public testing::TestWithParam<TinyDecoder> {};
INSTANTIATE_TEST_SUITE_P(Tiny, Architectures, testing::ValuesIn(tiny_decoders()),
                         [](const auto& one) { return one.param.name; });

Token token_at(uint32_t i) {
  return (i * 37 + 5) % kTinyVocabulary;
}

double tolerance_of(const TinyDecoder& tiny) {
  return tiny.name == "Granite" ? kToleranceOfFoldedFactors : kTolerance;
}

TEST_P(Architectures, GivesTheLogitsOfItsDefinition) {
  const SourceModel source = source_of(GetParam());
  const offline::BuiltModel built(source, source.compile_as_f16(), *offline::make_quantizer("rtn"));
  ReferenceDecoder reference(GetParam().config, GetParam().tensors, Storing::AsHalves);
  TestSession session(built.loaded().model(), {.batch_tokens = 4, .cache = CacheType::F16});
  double worst = 0;
  for (uint32_t i = 0; i < kTokens; ++i) {
    const std::vector<double> expected = reference.step(token_at(i));
    const Span<const float> found = checked(session->decode(token_at(i)));
    ASSERT_EQ(found.size(), expected.size());
    double largest = 0, distance = 0;
    for (size_t id = 0; id < expected.size(); ++id) {
      largest = std::max(largest, std::abs(expected[id]));
      const double difference = std::abs(double{found[id]} - expected[id]);
      distance = difference <= distance ? distance : difference;  // a NaN gets through
    }
    worst = distance / largest <= worst ? worst : distance / largest;
  }
  std::printf("%s: %.1e of the largest logit\n", GetParam().name.c_str(), worst);
  EXPECT_LE(worst, tolerance_of(GetParam()));
}

TEST_P(Architectures, GivesTheSameBitsInAnyBatch) {
  const SourceModel source = source_of(GetParam());
  const offline::BuiltModel built(source, source.compile_as_f16(), *offline::make_quantizer("rtn"));
  std::vector<Token> tokens;
  for (uint32_t i = 0; i < kTokens; ++i) tokens.push_back(token_at(i));
  std::vector<float> first;
  for (const uint32_t batch : {1u, 3u, 16u, 160u}) {
    TestSession session(built.loaded().model(), {.batch_tokens = batch, .cache = CacheType::Int8});
    const Span<const float> found = checked(session->prefill({tokens.data(), tokens.size()}));
    if (batch == 1) first.assign(found.begin(), found.end());
    EXPECT_EQ(std::memcmp(found.data(), first.data(), found.size() * sizeof(float)), 0) << batch;
  }
}

TEST_P(Architectures, RunsWithQuantizedWeightsAndCache) {
  const SourceModel source = source_of(GetParam());
  const offline::Network network = source.compile([](format::Role role, uint16_t) {
    return offline::Scheme{
        role == format::Role::FfnDown ? format::TensorType::Int8 : format::TensorType::Int4, 32};
  });
  const offline::BuiltModel built(source, network, *offline::make_quantizer("rtn"));
  TestSession session(built.loaded().model(), {.batch_tokens = 8, .cache = CacheType::Int4});
  std::vector<Token> tokens;
  for (uint32_t i = 0; i < kTokens; ++i) tokens.push_back(token_at(i));
  for (const float logit : checked(session->prefill({tokens.data(), tokens.size()}))) {
    ASSERT_TRUE(std::isfinite(logit));
  }
}

std::vector<Token> some_tokens() {
  std::vector<Token> tokens;
  for (uint32_t i = 0; i < kTokens; ++i) tokens.push_back(token_at(i));
  return tokens;
}

/// A window of 7 and passes of 4 rows take one chunk of 128 positions, whatever the context.
TEST(Windows, TakeACacheOfTheirLength) {
  const SourceModel source = source_of(tiny_decoder("Mistral"));
  const offline::BuiltModel built(source, source.compile_as_f16(), *offline::make_quantizer("rtn"));
  const Model& model = built.loaded().model();
  const SessionConfig config{.batch_tokens = 4, .cache = CacheType::F16};
  constexpr size_t kPositionBytes = size_t{2} * 2 * 24 * 2;  // keys, values; heads; halves
  EXPECT_EQ(checked(Session::memory(model, config)).cache, 3 * 128 * kPositionBytes);
}

TEST(Windows, RewindAsFarAsTheyRemember) {
  const SourceModel source = source_of(tiny_decoder("Mistral"));
  const offline::BuiltModel built(source, source.compile_as_f16(), *offline::make_quantizer("rtn"));
  const SessionConfig config{.batch_tokens = 4};
  const std::vector<Token> tokens = some_tokens();
  TestSession session(built.loaded().model(), config), fresh(built.loaded().model(), config);
  checked(session->prefill(span_of(tokens)));
  EXPECT_EQ(session->rewind(37).error(), Error::BadArgument);  // 123 back: one too many
  EXPECT_EQ(session->position(), kTokens);
  ASSERT_TRUE(session->rewind(38).ok());
  checked(fresh->prefill({tokens.data(), 38}));
  EXPECT_EQ(bits_of(session->decode(tokens[38])), bits_of(fresh->decode(tokens[38])));
  EXPECT_TRUE(session->rewind(0).ok());
}

}  // namespace
}  // namespace nibble::test
