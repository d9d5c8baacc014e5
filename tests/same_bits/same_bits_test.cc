// One blob has one digest, whatever computes it and in whatever parts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>

#include <map>
#include <nlohmann/json.hpp>

#include "runtime/kernels/kernels.h"
#include "tests/same_bits/logits_digest.h"
#include "tests/support/models.h"
#include "tests/support/partitions.h"
#include "tests/support/test_model.h"

namespace nibble::test {
namespace {

std::string golden_digest(const std::string& blob) {
  static const auto golden = nlohmann::json::parse(read_file(golden_folder() / "digests.json"));
  return golden.at(blob);
}

class SameBits : public testing::TestWithParam<const char*> {
 protected:
  std::string digest_of(const Model& model, SessionConfig config,
                        uint64_t tile_budget = Session::kAllTiles) {
    config.context_tokens = 256;
    TestSession session(model, config);
    const std::vector<Token> prompt = encode(model, kDigestText, EncodeMode::Prompt);
    const auto digest = logits_digest(*session, {prompt.data(), prompt.size()}, tile_budget);
    EXPECT_TRUE(session.canaries_whole());
    return hexadecimal(checked(digest));
  }

  const std::string expected_ = golden_digest(GetParam());
  TestModel model_{blob_path(GetParam())};
};

TEST_P(SameBits, OnEveryKernelSetThisMachineRuns) {
  const uint64_t features = cpu_features();
  std::string ran, not_run;
  for (const Kernels* kernels : compiled_kernels()) {
    const bool runs = runs_on(*kernels, features);
    (runs ? ran : not_run) += std::string(" ") + kernels->name;
    if (runs) {
      EXPECT_EQ(digest_of(*model_, {.kernels = kernels}), expected_) << kernels->name;
    }
  }
  std::printf("%s ran:%s; not run for want of CPU features:%s\n", GetParam(), ran.c_str(),
              not_run.empty() ? " none" : not_run.c_str());
}

TEST_P(SameBits, ForAnyThreadCount) {
  for (const unsigned threads : {1u, 2u, 4u}) {
    ThreadPartition partition(threads);
    EXPECT_EQ(digest_of(*model_, {.parallel = partition.parallel_for()}), expected_) << threads;
  }
}

TEST_P(SameBits, ForAnyPartitionOfTheTiles) {
  BackwardPartition partition;
  EXPECT_EQ(digest_of(*model_, {.parallel = partition.parallel_for()}), expected_);
}

TEST_P(SameBits, ForAnyPrefillBatch) {
  for (const uint32_t batch : {1u, 3u, 16u})
    EXPECT_EQ(digest_of(*model_, {.batch_tokens = batch}), expected_) << batch;
}

TEST_P(SameBits, ForAnyStepBudget) {
  for (const uint64_t budget : {uint64_t{1}, uint64_t{7}, Session::kAllTiles})
    EXPECT_EQ(digest_of(*model_, {.batch_tokens = 3}, budget), expected_) << budget;
}

TEST_P(SameBits, ForAnyWayOfLoading) {
  for (const Residency residency : {Residency::Keep, Residency::Release})
    for (const Delivery delivery : {Delivery::Memory, Delivery::Callback}) {
      if (residency == Residency::Keep && delivery == Delivery::Callback) continue;
      const TestModel model(blob_path(GetParam()), residency, delivery);
      EXPECT_EQ(digest_of(*model, {}), expected_);
    }
}

TEST_P(SameBits, ForTwoSessionsTakingTurns) {
  const std::vector<Token> prompt = encode(*model_, kDigestText, EncodeMode::Prompt);
  TestSession first(*model_, {.context_tokens = 256});
  TestSession second(*model_, {.context_tokens = 200, .batch_tokens = 5});
  // The second stays in the middle of a pass while the first runs.
  ASSERT_TRUE(second->append({prompt.data(), prompt.size()}).ok());
  ASSERT_EQ(checked(second->step(9)), Progress::More);
  const auto digest = logits_digest(*first, {prompt.data(), prompt.size()}, Session::kAllTiles);
  EXPECT_EQ(hexadecimal(checked(digest)), expected_);
  while (checked(second->step(9)) == Progress::More) {
  }
  const Span<const float> logits = checked(second->logits());
  first->cancel();
  ASSERT_TRUE(first->rewind(0).ok());
  const Span<const float> again = checked(first->prefill({prompt.data(), prompt.size()}));
  EXPECT_TRUE(std::ranges::equal(logits, again));
}

TEST_P(SameBits, AfterCancelAndRewind) {
  const std::vector<Token> prompt = encode(*model_, kDigestText, EncodeMode::Prompt);
  TestSession session(*model_, {.context_tokens = 256});
  ASSERT_TRUE(session->append({prompt.data(), prompt.size()}).ok());
  ASSERT_EQ(checked(session->step(11)), Progress::More);
  session->cancel();
  ASSERT_TRUE(session->rewind(0).ok());
  const std::vector<Token> other(20, prompt[1]);
  ASSERT_TRUE(session->prefill({other.data(), other.size()}).ok());
  ASSERT_TRUE(session->rewind(0).ok());
  const auto digest = logits_digest(*session, {prompt.data(), prompt.size()}, Session::kAllTiles);
  EXPECT_EQ(hexadecimal(checked(digest)), expected_);
}

INSTANTIATE_TEST_SUITE_P(Blobs, SameBits,
                         testing::Values("kdoc-f16", "kdoc-int4", "tiny-int4", "tiny-int4-zero",
                                         "tiny-int8", "tiny-kv-hybrid", "tiny-kv-int4",
                                         "kdoc-kv-int4"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace nibble::test
