// A session of a batch has the bits that it has alone: every size, kernel set, cache and mix.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>
#include <nibble/thread_pool.h>

#include <algorithm>

#include "offline/calibrate/built_model.h"
#include "tests/support/batch_texts.h"
#include "tests/support/partitions.h"
#include "tests/support/tiny_llama_model.h"
#include "tests/support/tiny_sources.h"

namespace nibble::test {
namespace {

constexpr uint32_t kMostSessions = 32;
constexpr uint32_t kMostTokens = 44;  // more than a block of keys, and more than any pass here

std::vector<BatchText> texts_for(uint32_t sessions) {
  return varied_texts(sessions, tiny_llama_model().shape().vocabulary, kMostTokens);
}

/// Each alone, by the plainest way there is: one row at a time, scalar kernels.
std::vector<TextBits> expected_bits(const Model& model, const std::vector<BatchText>& texts,
                                    CacheType cache = CacheType::ModelDefault) {
  std::vector<TextBits> bits;
  for (const BatchText& text : texts)
    bits.push_back(bits_alone(
        model, text, {.batch_tokens = 1, .cache = cache, .kernels = kernels_named({"scalar", 6})}));
  return bits;
}

TEST(BatchBits, OfEverySizeOnEveryKernelSet) {
  const std::vector<BatchText> all = texts_for(kMostSessions);
  const std::vector<TextBits> expected = expected_bits(tiny_llama_model(), all);
  for (const Kernels* const kernels : compiled_kernels()) {
    if (!runs_on(*kernels, cpu_features())) continue;
    for (uint32_t sessions = 1; sessions <= kMostSessions; ++sessions) {
      const std::vector<BatchText> texts(all.begin(), all.begin() + sessions);
      // Prompts have a row of each pass, some, or many.
      const SessionConfig config{.batch_tokens = sessions + sessions % 3 * 7, .kernels = kernels};
      const std::vector<TextBits> bits = bits_together(tiny_llama_model(), texts, config);
      for (uint32_t i = 0; i < sessions; ++i)
        ASSERT_EQ(bits[i], expected[i])
            << kernels_name(*kernels) << ", session " << i << " of " << sessions;
    }
  }
}

TEST(BatchBits, WithEveryCache) {
  for (const CacheType cache :
       {CacheType::F16, CacheType::Int8, CacheType::Hybrid, CacheType::Int4}) {
    const std::vector<BatchText> texts = texts_for(9);
    const std::vector<TextBits> expected = expected_bits(tiny_llama_model(), texts, cache);
    for (const Kernels* const kernels : compiled_kernels()) {
      if (!runs_on(*kernels, cpu_features())) continue;
      const SessionConfig config{.batch_tokens = 12, .cache = cache, .kernels = kernels};
      EXPECT_EQ(bits_together(tiny_llama_model(), texts, config), expected)
          << kernels_name(*kernels);
    }
  }
}

TEST(BatchBits, InAnyOrderOfTheSessions) {
  std::vector<BatchText> texts = texts_for(8);
  std::vector<TextBits> expected = expected_bits(tiny_llama_model(), texts);
  for (uint32_t turn = 0; turn < 8; ++turn) {
    std::rotate(texts.begin(), texts.begin() + 3, texts.end());
    std::rotate(expected.begin(), expected.begin() + 3, expected.end());
    EXPECT_EQ(bits_together(tiny_llama_model(), texts, {.batch_tokens = 11}), expected);
  }
  std::reverse(texts.begin(), texts.end());
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(bits_together(tiny_llama_model(), texts, {.batch_tokens = 11}), expected);
}

TEST(BatchBits, ForAnyBudget) {
  const std::vector<BatchText> texts = texts_for(5);
  const std::vector<TextBits> expected = expected_bits(tiny_llama_model(), texts);
  for (const uint64_t budget : {uint64_t{1}, uint64_t{7}, uint64_t{333}})
    EXPECT_EQ(bits_together(tiny_llama_model(), texts, {.batch_tokens = 8}, budget), expected)
        << budget;
}

TEST(BatchBits, ForAnyThreadsAndPartition) {
  const std::vector<BatchText> texts = texts_for(12);
  const std::vector<TextBits> expected = expected_bits(tiny_llama_model(), texts);
  for (const uint32_t threads : {1u, 2u, 4u}) {
    ThreadPool pool(threads);
    const SessionConfig config{.batch_tokens = 20, .parallel = pool.parallel_for()};
    EXPECT_EQ(bits_together(tiny_llama_model(), texts, config), expected) << threads;
  }
  BackwardPartition backward;
  EXPECT_EQ(bits_together(tiny_llama_model(), texts,
                          {.batch_tokens = 20, .parallel = backward.parallel_for()}),
            expected);
}

/// Windows, positions that are learned, norms of another kind: every architecture there is.
class EveryArchitecture : public testing::TestWithParam<TinyDecoder> {};
INSTANTIATE_TEST_SUITE_P(Tiny, EveryArchitecture, testing::ValuesIn(tiny_decoders()),
                         [](const auto& one) { return one.param.name; });

TEST_P(EveryArchitecture, HasItsBitsInABatch) {
  const offline::SourceModel source = source_of(GetParam());
  const offline::BuiltModel built(source, source.compile_as_f16(), *offline::make_quantizer("rtn"));
  constexpr uint32_t kBeyondAnyWindow = 150;
  std::vector<BatchText> texts = varied_texts(6, kTinyVocabulary, kBeyondAnyWindow);
  texts[1].prompt = texts[2].prompt;  // equal texts have equal bits, and caches of their own
  texts[1].next = texts[2].next;
  for (const CacheType cache : {CacheType::F16, CacheType::Int8}) {
    const SessionConfig config{.batch_tokens = 9, .cache = cache};
    const std::vector<TextBits> bits = bits_together(built.loaded().model(), texts, config);
    for (size_t i = 0; i < texts.size(); ++i)
      EXPECT_EQ(bits[i], bits_alone(built.loaded().model(), texts[i], config)) << i;
    EXPECT_EQ(bits[1], bits[2]);
  }
}

}  // namespace
}  // namespace nibble::test
