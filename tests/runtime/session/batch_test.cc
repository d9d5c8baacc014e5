// Tests of batches: whatever the others do, a session has the bits that it has alone.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>

#include "tests/support/batch_texts.h"
#include "tests/support/tiny_llama_model.h"

namespace nibble::test {
namespace {

Bits bits_alone(const std::vector<Token>& list) {
  TestSession session(tiny_llama_model());
  return bits_of(session->prefill(span_of(list)));
}

/// Computes what is queued.
void finish(TestBatch& batch) {
  while (batch->step(Session::kAllTiles).ok()) {
  }
}

TEST(Batch, SharesOnePassAmongTheSessionsThatDecode) {
  TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 4}, .sessions = 3});
  for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(batch[i].append(span_of(tiny_tokens(1, i))).ok());
  const uint64_t tiles = batch[0].tiles_per_pass(3);
  EXPECT_EQ(checked(batch->step(tiles)), Progress::Done);
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bits_of(batch[i].logits()), bits_alone(tiny_tokens(1, i)));
    EXPECT_EQ(batch[i].position(), 1u);
  }
  EXPECT_EQ(batch->step(1).error(), Error::NothingToDo);
}

TEST(Batch, DecodesWhileAPromptIsComputed) {
  TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 4}, .sessions = 2});
  ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(9, 2))).ok());
  for (uint32_t length = 1; length <= 3; ++length) {  // the prompt has three rows of each pass
    ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(length, 1)).from(length - 1)).ok());
    EXPECT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
    EXPECT_EQ(bits_of(batch[0].logits()), bits_alone(tiny_tokens(length, 1)));
    EXPECT_EQ(batch[1].position(), 3 * length);
  }
  EXPECT_EQ(bits_of(batch[1].logits()), bits_alone(tiny_tokens(9, 2)));
}

TEST(Batch, ComputesOnePromptAfterTheOther) {
  TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 3}, .sessions = 3});
  ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(6, 1))).ok());
  ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(6, 0))).ok());
  EXPECT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
  EXPECT_EQ(batch[0].position(), 6u);  // nobody had the turn before: the first session takes it
  EXPECT_EQ(batch[1].position(), 0u);
  ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(6, 7))).ok());
  EXPECT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
  EXPECT_EQ(batch[0].position(), 12u);  // it still has it, since its prompt goes on
  ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(1, 7))).ok());
  EXPECT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
  ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(6, 8))).ok());
  finish(batch);
  EXPECT_EQ(batch[1].position(), 6u);
  EXPECT_EQ(batch[0].position(), 19u);
}

TEST(Batch, GivesEachSessionItsOwnLogitRows) {
  TestBatch batch(tiny_llama_model(),
                  {.session = {.batch_tokens = 12, .logit_rows = 3}, .sessions = 4});
  for (uint32_t i = 0; i < 4; ++i)
    ASSERT_TRUE(batch[i].append(span_of(tiny_tokens(3 - i % 2, i))).ok());
  ASSERT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
  for (uint32_t i = 0; i < 4; ++i) {
    ASSERT_EQ(batch[i].logit_row_count(), 3 - i % 2);
    TestSession alone(tiny_llama_model(), {.batch_tokens = 1});
    for (uint32_t row = 0; row < batch[i].logit_row_count(); ++row)
      EXPECT_EQ(bits_of(batch[i].logit_row(row)), bits_of(alone->decode(tiny_tokens(3, i)[row])));
  }
}

TEST(Batch, CancelledSessionLeavesTheOthersUntouched) {
  const uint64_t tiles = TestSession(tiny_llama_model())->tiles_per_pass(7);
  for (uint64_t budget = 1; budget < tiles; budget += 5) {
    TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 8}, .sessions = 3});
    ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(1, 0))).ok());
    ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(5, 1))).ok());
    ASSERT_TRUE(batch[2].append(span_of(tiny_tokens(1, 2))).ok());
    ASSERT_EQ(checked(batch->step(budget)), Progress::More);
    EXPECT_EQ(batch[1].append(span_of(tiny_tokens(1))).error(), Error::Busy);
    EXPECT_EQ(batch[1].rewind(0).error(), Error::Busy);
    batch[1].cancel();
    EXPECT_EQ(batch[1].position(), 0u);
    // It may be given something else at once, which the pass under way knows nothing of.
    ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(3, 9))).ok());
    ASSERT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
    EXPECT_EQ(bits_of(batch[0].logits()), bits_alone(tiny_tokens(1, 0)));
    EXPECT_EQ(bits_of(batch[2].logits()), bits_alone(tiny_tokens(1, 2)));
    EXPECT_EQ(batch[1].logits().error(), Error::NothingToDo);
    ASSERT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
    EXPECT_EQ(bits_of(batch[1].logits()), bits_alone(tiny_tokens(3, 9)));
    EXPECT_TRUE(batch.canaries_whole());
  }
}

TEST(Batch, DropsAPassThatIsNobodys) {
  TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 4}, .sessions = 2});
  for (uint32_t i = 0; i < 2; ++i) ASSERT_TRUE(batch[i].append(span_of(tiny_tokens(1, i))).ok());
  ASSERT_EQ(checked(batch->step(9)), Progress::More);
  for (uint32_t i = 0; i < 2; ++i) batch[i].cancel();
  EXPECT_EQ(batch->step(1).error(), Error::NothingToDo);
  ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(2, 5))).ok());
  EXPECT_EQ(checked(batch->step(batch[1].tiles_per_pass(2))), Progress::Done);
  EXPECT_EQ(bits_of(batch[1].logits()), bits_alone(tiny_tokens(2, 5)));
}

TEST(Batch, FullSessionLeavesTheOthersUntouched) {
  const SessionConfig config{.context_tokens = 10, .batch_tokens = 4};
  TestBatch batch(tiny_llama_model(), {.session = config, .sessions = 2});
  ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(10, 0))).ok());
  finish(batch);
  for (uint32_t length = 1; length <= 10; ++length) {
    EXPECT_EQ(batch[0].append(span_of(tiny_tokens(1))).error(), Error::ContextFull);
    ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(length, 1)).from(length - 1)).ok());
    ASSERT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
    EXPECT_EQ(bits_of(batch[1].logits()), bits_alone(tiny_tokens(length, 1)));
  }
  EXPECT_EQ(batch[0].position(), 10u);
  EXPECT_TRUE(batch.canaries_whole());
}

TEST(Batch, BringsBackLogitsThatOthersDisplaced) {
  TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 4}, .sessions = 2});
  for (uint32_t i = 0; i < 2; ++i) ASSERT_TRUE(batch[i].append(span_of(tiny_tokens(4, i))).ok());
  finish(batch);
  EXPECT_EQ(batch[0].logits().error(), Error::NothingToDo);
  EXPECT_EQ(bits_of(batch[1].logits()), bits_alone(tiny_tokens(4, 1)));
  EXPECT_EQ(batch->step(1).error(), Error::NothingToDo);
  EXPECT_EQ(checked(batch[0].step(Session::kAllTiles)), Progress::Done);
  EXPECT_EQ(bits_of(batch[0].logits()), bits_alone(tiny_tokens(4, 0)));
  EXPECT_EQ(batch[0].position(), 4u);
  EXPECT_EQ(batch[1].logits().error(), Error::NothingToDo);
  batch[1].cancel();
  EXPECT_EQ(batch[1].step(1).error(), Error::NothingToDo);  // they were dropped, not displaced
}

TEST(Batch, KeepsLogitsWhilePassesMakeNone) {
  TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 4}, .sessions = 2});
  ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(1, 0))).ok());
  ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(30, 1))).ok());
  ASSERT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
  ASSERT_EQ(checked(batch->step(3 * batch[1].tiles_per_pass(4))), Progress::More);
  EXPECT_GT(batch[1].position(), 8u);
  EXPECT_EQ(bits_of(batch[0].logits()), bits_alone(tiny_tokens(1, 0)));
}

TEST(Batch, SessionStepsComputeTheOthersToo) {
  TestBatch batch(tiny_llama_model(), {.session = {.batch_tokens = 4}, .sessions = 2});
  ASSERT_TRUE(batch[0].append(span_of(tiny_tokens(20, 0))).ok());
  EXPECT_EQ(bits_of(batch[1].decode(5)), bits_alone({5}));
  EXPECT_EQ(batch[0].position(), 2u);  // a ragged pass beside the other's row
  EXPECT_EQ(checked(batch[0].step(Session::kAllTiles)), Progress::Done);
  EXPECT_EQ(bits_of(batch[0].logits()), bits_alone(tiny_tokens(20, 0)));
}

TEST(Batch, RefusesConfigurationsOutOfRange) {
  const auto error_of = [](const BatchConfig& config) {
    return Batch::arena_bytes(tiny_llama_model(), config).error();
  };
  EXPECT_EQ(error_of({.sessions = 0}), Error::BadArgument);
  EXPECT_EQ(error_of({.session = {.batch_tokens = 8}, .sessions = 8}), Error::None);
  EXPECT_EQ(error_of({.session = {.batch_tokens = 8}, .sessions = 9}), Error::BadArgument);
  EXPECT_EQ(error_of({.session = {.batch_tokens = 8, .logit_rows = 2}, .sessions = 5}),
            Error::BadArgument);
  EXPECT_EQ(error_of({.session = {.logit_rows = 1u << 31}, .sessions = 2}), Error::BadArgument);
  EXPECT_EQ(error_of({.session = {.batch_tokens = kMaxBatchTokens}, .sessions = kMaxBatchTokens}),
            Error::None);
}

TEST(Batch, BillHasEachSessionsCacheAndOnePass) {
  const SessionConfig config{.batch_tokens = 16};
  const SessionMemory one = checked(Session::memory(tiny_llama_model(), config));
  const SessionMemory eight =
      checked(Batch::memory(tiny_llama_model(), {.session = config, .sessions = 8}));
  EXPECT_EQ(eight.cache, 8 * one.cache);
  EXPECT_EQ(eight.history, 8 * one.history);
  EXPECT_EQ(eight.activations, one.activations);
  EXPECT_EQ(eight.logits, 8 * one.logits);
  EXPECT_EQ(eight.total(),
            checked(Batch::arena_bytes(tiny_llama_model(), {.session = config, .sessions = 8})));
}

TEST(Batch, RefusesEveryArenaThatIsTooSmall) {
  const BatchConfig config{.session = {.context_tokens = 8, .batch_tokens = 3}, .sessions = 3};
  const size_t needed = checked(Batch::arena_bytes(tiny_llama_model(), config));
  const GuardedMemory arena(needed);
  for (size_t bytes = 0; bytes < needed; bytes += 64) {
    const Result<Batch*> batch =
        Batch::create(tiny_llama_model(), config, arena.bytes().first(bytes));
    ASSERT_EQ(batch.error(), Error::ArenaTooSmall) << bytes;
    ASSERT_EQ(batch.failure().where, needed);
  }
  EXPECT_EQ(Batch::create(tiny_llama_model(), config, arena.bytes().first(needed - 1)).error(),
            Error::ArenaTooSmall);
  EXPECT_TRUE(Batch::create(tiny_llama_model(), config, arena.bytes()).ok());
  const GuardedMemory crooked(needed + 64, 8);
  EXPECT_EQ(Batch::create(tiny_llama_model(), config, crooked.bytes()).error(),
            Error::ArenaMisaligned);
}

TEST(Batch, StepNeedsABudgetAndTokens) {
  TestBatch batch(tiny_llama_model(), {.sessions = 2});
  EXPECT_EQ(batch->step(1).error(), Error::NothingToDo);
  ASSERT_TRUE(batch[1].append(span_of(tiny_tokens(1))).ok());
  EXPECT_EQ(batch->step(0).error(), Error::BadArgument);
  EXPECT_EQ(batch[0].step(1).error(), Error::NothingToDo);
}

}  // namespace
}  // namespace nibble::test
