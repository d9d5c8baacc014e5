// Tests of the self-test: what was recorded is found again, and every difference is.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/generator.h>
#include <nibble/self_test.h>

#include <cstring>

#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"

namespace nibble::test {
namespace {

constexpr uint32_t kSteps = 8;

GuardedMemory sampler_workspace(const Model& model) {
  return GuardedMemory(checked(Sampler::workspace_bytes(model.shape().vocabulary)));
}

/// tiny_llama() with a recorded self-test.
offline::BlobBytes recorded_blob() {
  TinyModel tiny = tiny_llama(format::Storage::Zstd);
  tiny.contents.self_test_generated.assign(kSteps, 0);
  offline::BlobBytes blob = offline::build_blob(tiny.contents, {});
  std::vector<Token> generated(kSteps);
  format::Sha256Digest digest;
  {
    const TestModel model(blob);
    TestSession session(*model);
    const GuardedMemory workspace = sampler_workspace(*model);
    checked(record_self_test(*session, model->self_test().prompt, workspace.bytes(),
                             {generated.data(), kSteps}, digest.bytes));
  }
  offline::set_self_test(blob, generated, digest);
  return blob;
}

Failure play(const offline::BlobBytes& blob, const SessionConfig& config = {}) {
  const TestModel model(blob);
  TestSession session(*model, config);
  const GuardedMemory workspace = sampler_workspace(*model);
  const Failure failure = run_self_test(*session, workspace.bytes()).failure();
  EXPECT_EQ(session->position(), 0u);
  EXPECT_TRUE(workspace.canaries_whole());
  return failure;
}

TEST(SelfTest, FindsItsRecordAgain) {
  const offline::BlobBytes blob = recorded_blob();
  EXPECT_EQ(play(blob).error, Error::None);
  EXPECT_EQ(play(blob, {.batch_tokens = 1}).error, Error::None);
}

TEST(SelfTest, IsWhatAGeneratorPlaysWhateverItsSettings) {
  const offline::BlobBytes blob = recorded_blob();
  const TestModel model(blob);
  const Text stops[] = {Text("a", 1)};
  GeneratorConfig config;
  config.sampler.temperature_milli = 100'000;
  config.max_tokens = 1;
  config.stop_texts = stops;
  const GuardedMemory arena(checked(Generator::arena_bytes(*model, config)));
  Generator& generator = *checked(Generator::create(*model, config, arena.bytes()));
  EXPECT_EQ(generator.self_test().error(), Error::None);
  EXPECT_EQ(generator.session().position(), 0u);
  EXPECT_TRUE(arena.canaries_whole());
}

TEST(SelfTest, SaysWhichTokenDiffers) {
  const offline::BlobBytes blob = recorded_blob();
  const TestModel model(blob);
  for (uint32_t step = 0; step < kSteps; ++step) {
    std::vector<Token> generated(model->self_test().generated.begin(),
                                 model->self_test().generated.end());
    generated[step] ^= 1;
    format::Sha256Digest digest;
    std::memcpy(digest.bytes, model->self_test().logits_sha256.data(), sizeof(digest.bytes));
    offline::BlobBytes changed = blob;
    offline::set_self_test(changed, generated, digest);
    const Failure failure = play(changed);
    EXPECT_EQ(failure.error, Error::SelfTestMismatch);
    EXPECT_EQ(failure.where, step);
  }
}

TEST(SelfTest, SaysThatOnlyTheDigestDiffers) {
  offline::BlobBytes blob = recorded_blob();
  const TestModel model(blob);
  const std::vector<Token> generated(model->self_test().generated.begin(),
                                     model->self_test().generated.end());
  format::Sha256Digest digest{};
  offline::BlobBytes changed = blob;
  offline::set_self_test(changed, generated, digest);
  const Failure failure = play(changed);
  EXPECT_EQ(failure.error, Error::SelfTestMismatch);
  EXPECT_EQ(failure.where, kSteps);
}

TEST(SelfTest, FeelsOneBitOfAnotherCache) {
  // The record was made with an F16 cache: Int8 gives other logits.
  EXPECT_EQ(play(recorded_blob(), {.cache = CacheType::Int8}).error, Error::SelfTestMismatch);
}

TEST(SelfTest, NeedsASessionAtItsStartAndRoom) {
  const offline::BlobBytes blob = recorded_blob();
  EXPECT_EQ(play(blob, {.context_tokens = 3 + kSteps - 1}).error, Error::None);
  EXPECT_EQ(play(blob, {.context_tokens = 3 + kSteps - 2}).error, Error::ContextFull);

  const TestModel model(blob);
  TestSession session(*model);
  ASSERT_TRUE(session->decode(1).ok());
  const GuardedMemory workspace = sampler_workspace(*model);
  EXPECT_EQ(run_self_test(*session, workspace.bytes()).error(), Error::BadArgument);
  EXPECT_EQ(session->position(), 1u);
  ASSERT_TRUE(session->rewind(0).ok());
  const Token queued = 1;
  ASSERT_TRUE(session->append({&queued, 1}).ok());
  EXPECT_EQ(run_self_test(*session, workspace.bytes()).error(), Error::BadArgument);
  EXPECT_EQ(session->queued_tokens(), 1u);
}

TEST(LogitsDigest, IsTheDigestOfTheBytes) {
  const float rows[2][2] = {{1, 2}, {3, 4}};
  LogitsDigest digest;
  digest.add({rows[0], 2});
  digest.add({rows[1], 2});
  uint8_t bytes[LogitsDigest::kBytes];
  digest.finish(bytes);
  const format::Sha256Digest expected =
      format::sha256({reinterpret_cast<const uint8_t*>(rows), sizeof(rows)});
  EXPECT_EQ(std::memcmp(bytes, expected.bytes, sizeof(bytes)), 0);
}

}  // namespace
}  // namespace nibble::test
