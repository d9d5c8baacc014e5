// Tests of sessions: however tokens are fed and work is cut, the bits are the same.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>
#include <nibble/session.h>

#include "runtime/format/layout.h"
#include "runtime/kernels/kernels.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama_model.h"

namespace nibble::test {
namespace {

/// The tiles that only a pass with logits has: one row is gathered, then normalized, then
/// multiplied with the head, a block of rows at a time.
uint64_t logit_tiles() {
  constexpr uint64_t kGathered = 1, kNormalized = 1;
  return kGathered + kNormalized +
         format::padded(tiny_llama_model().shape().vocabulary) / format::kBlockRows;
}

/// Logits after each token, computed one by one: what every other way must equal.
std::vector<Bits> one_by_one(const std::vector<Token>& list, SessionConfig config = {}) {
  config.batch_tokens = 1;
  TestSession session(tiny_llama_model(), config);
  std::vector<Bits> logits;
  for (const Token token : list) logits.push_back(bits_of(session->decode(token)));
  return logits;
}

TEST(Session, ComputesFiniteLogitsThatDependOnEveryToken) {
  const std::vector<Bits> logits = one_by_one(tiny_tokens(40));
  for (const Bits& row : logits)
    for (const uint32_t bits : row) ASSERT_LT(bits & 0x7FFFFFFF, 0x7F800000u) << "not finite";
  std::vector<Token> other = tiny_tokens(40);
  other[0] ^= 1;
  EXPECT_NE(one_by_one(other).back(), logits.back());
}

TEST(Session, GivesTheSameBitsForAnyBatch) {
  const std::vector<Token> list = tiny_tokens(40);
  for (const CacheType cache :
       {CacheType::F16, CacheType::Int8, CacheType::Hybrid, CacheType::Int4}) {
    const std::vector<Bits> expected = one_by_one(list, {.cache = cache});
    for (const uint32_t batch : {2u, 3u, 7u, 16u, 64u}) {
      const SessionConfig config{.batch_tokens = batch, .logit_rows = batch, .cache = cache};
      TestSession session(tiny_llama_model(), config);
      ASSERT_EQ(bits_of(session->prefill(span_of(list))), expected.back()) << "batch " << batch;
      const uint32_t rows = session->logit_row_count();
      ASSERT_EQ(rows, std::min(batch, 40u));
      for (uint32_t row = 0; row < rows; ++row)
        EXPECT_EQ(bits_of(session->logit_row(row)), expected[40 - rows + row]) << "row " << row;
      EXPECT_TRUE(session.canaries_whole());
    }
  }
}

TEST(Session, GivesTheSameBitsForAnyBudget) {
  const std::vector<Token> list = tiny_tokens(40);
  const Bits expected = one_by_one(list).back();
  for (const uint64_t budget : {uint64_t{1}, uint64_t{7}, uint64_t{1000}, Session::kAllTiles}) {
    TestSession session(tiny_llama_model(), {.batch_tokens = 16});
    ASSERT_TRUE(session->append(span_of(list)).ok());
    uint64_t steps = 1;
    while (checked(session->step(budget)) == Progress::More) ++steps;
    EXPECT_EQ(bits_of(session->logits()), expected) << "budget " << budget;
    EXPECT_EQ(session->position(), 40u);
    // Passes of 8, 16 and 16 tokens; logits in the last one only.
    uint64_t tiles = session->tiles_per_pass(8) + 2 * session->tiles_per_pass(16);
    tiles -= 2 * logit_tiles();
    if (budget != Session::kAllTiles) {
      EXPECT_EQ(steps, (tiles + budget - 1) / budget);
    }
  }
}

void run_backwards(void*, uint32_t tiles, void (*body)(void*, uint32_t, uint32_t), void* argument) {
  for (uint32_t tile = tiles; tile-- > 0;) body(argument, tile, tile + 1);
}

TEST(Session, GivesTheSameBitsForAnyPartitionOfTiles) {
  const std::vector<Token> list = tiny_tokens(40);
  TestSession session(tiny_llama_model(), {.parallel = {.context = nullptr, .run = run_backwards}});
  EXPECT_EQ(bits_of(session->prefill(span_of(list))), one_by_one(list).back());
}

TEST(Session, GivesTheSameBitsOnEveryKernelSet) {
  const std::vector<Token> list = tiny_tokens(40);
  const Bits expected = one_by_one(list).back();
  for (const Kernels* kernels : compiled_kernels()) {
    if (!runs_on(*kernels, cpu_features())) continue;
    TestSession session(tiny_llama_model(), {.kernels = kernels});
    EXPECT_EQ(bits_of(session->prefill(span_of(list))), expected) << kernels->name;
  }
}

TEST(Session, ReplaysAfterARewind) {
  const std::vector<Token> list = tiny_tokens(40);
  const std::vector<Bits> expected = one_by_one(list);
  TestSession session(tiny_llama_model());
  ASSERT_TRUE(session->prefill(span_of(list)).ok());
  for (const uint32_t position : {39u, 33u, 32u, 31u, 5u, 0u}) {
    ASSERT_TRUE(session->rewind(position).ok());
    EXPECT_EQ(session->logits().error(), Error::NothingToDo);
    // Something else first, so that the cache beyond the position is not what it was.
    ASSERT_TRUE(session->prefill(span_of(tiny_tokens(20, 9))).ok());
    ASSERT_TRUE(session->rewind(position).ok());
    EXPECT_EQ(bits_of(session->prefill(span_of(list).from(position))), expected.back());
  }
  EXPECT_EQ(session->rewind(41).error(), Error::BadArgument);
}

TEST(Session, CancelKeepsWholePassesOnly) {
  const std::vector<Token> list = tiny_tokens(40);
  const std::vector<Bits> expected = one_by_one(list);
  const SessionConfig config{.batch_tokens = 16};
  uint64_t first_pass = 0;
  {
    TestSession session(tiny_llama_model(), config);
    first_pass = session->tiles_per_pass(8) - logit_tiles();
  }
  for (const uint64_t tiles : {uint64_t{1}, first_pass - 1, first_pass, first_pass + 1}) {
    TestSession session(tiny_llama_model(), config);
    ASSERT_TRUE(session->append(span_of(list)).ok());
    ASSERT_EQ(checked(session->step(tiles)), Progress::More);
    EXPECT_EQ(session->append(span_of(list)).error(), Error::Busy);
    EXPECT_EQ(session->rewind(0).error(), Error::Busy);
    session->cancel();
    const uint32_t position = session->position();
    EXPECT_EQ(position, tiles < first_pass ? 0u : 8u);
    EXPECT_EQ(session->queued_tokens(), 0u);
    EXPECT_EQ(session->step(1).error(), Error::NothingToDo);
    EXPECT_EQ(session->logits().error(), Error::NothingToDo);
    EXPECT_EQ(bits_of(session->prefill(span_of(list).from(position))), expected.back());
  }
}

TEST(Session, TwoInterleavedEqualTwoApart) {
  const std::vector<Token> a = tiny_tokens(30, 1), b = tiny_tokens(25, 2);
  TestSession first(tiny_llama_model()), second(tiny_llama_model(), {.cache = CacheType::Int8});
  ASSERT_TRUE(first->append(span_of(a)).ok());
  ASSERT_TRUE(second->append(span_of(b)).ok());
  bool first_done = false, second_done = false;
  while (!first_done || !second_done) {
    if (!first_done) first_done = checked(first->step(11)) == Progress::Done;
    if (!second_done) second_done = checked(second->step(5)) == Progress::Done;
  }
  EXPECT_EQ(bits_of(first->logits()), one_by_one(a).back());
  EXPECT_EQ(bits_of(second->logits()), one_by_one(b, {.cache = CacheType::Int8}).back());
}

TEST(Session, RefusesTokensItCannotTake) {
  TestSession session(tiny_llama_model(), {.context_tokens = 33});
  EXPECT_EQ(session->append({}).error(), Error::BadArgument);
  const std::vector<Token> unknown = {3, 260};
  EXPECT_EQ(session->append(span_of(unknown)).error(), Error::TokenOutOfRange);
  EXPECT_EQ(session->append(span_of(unknown)).failure().where, 1u);
  EXPECT_EQ(session->queued_tokens(), 0u);

  const std::vector<Token> list = tiny_tokens(34);
  EXPECT_EQ(session->append(span_of(list)).error(), Error::ContextFull);
  EXPECT_EQ(session->append(span_of(list)).failure().where, 33u);
  EXPECT_EQ(bits_of(session->prefill(span_of(list).first(33))), one_by_one(list)[32]);
  EXPECT_EQ(session->decode(1).failure().where, 0u);
  EXPECT_EQ(session->decode(1).error(), Error::ContextFull);
  EXPECT_TRUE(session.canaries_whole());
}

TEST(Session, QueuesBehindWhatIsQueued) {
  const std::vector<Token> list = tiny_tokens(40);
  TestSession session(tiny_llama_model());
  ASSERT_TRUE(session->append(span_of(list).first(10)).ok());
  EXPECT_EQ(session->queued_tokens(), 10u);
  EXPECT_EQ(bits_of(session->prefill(span_of(list).from(10))), one_by_one(list).back());
  ASSERT_EQ(session->history().size(), 40u);
  for (uint32_t i = 0; i < 40; ++i) EXPECT_EQ(session->history()[i], list[i]);
}

TEST(Session, RefusesConfigurationsOutOfRange) {
  const auto error_of = [](const SessionConfig& config) {
    return Session::arena_bytes(tiny_llama_model(), config).error();
  };
  EXPECT_EQ(error_of({.context_tokens = 96}), Error::None);
  EXPECT_EQ(error_of({.context_tokens = 97}), Error::BadArgument);
  EXPECT_EQ(error_of({.batch_tokens = 0}), Error::BadArgument);
  EXPECT_EQ(error_of({.batch_tokens = kMaxBatchTokens}), Error::None);
  EXPECT_EQ(error_of({.batch_tokens = kMaxBatchTokens + 1}), Error::BadArgument);
  EXPECT_EQ(error_of({.logit_rows = 0}), Error::BadArgument);
  EXPECT_EQ(error_of({.batch_tokens = 4, .logit_rows = 5}), Error::BadArgument);
  EXPECT_EQ(error_of({.cache = static_cast<CacheType>(5)}), Error::BadArgument);
}

TEST(Session, BillAddsUpToTheArena) {
  const SessionConfig config{.batch_tokens = 16, .logit_rows = 4, .cache = CacheType::Int8};
  const SessionMemory bill = checked(Session::memory(tiny_llama_model(), config));
  EXPECT_EQ(bill.total(), checked(Session::arena_bytes(tiny_llama_model(), config)));
  EXPECT_EQ(bill.history, 64u * 4);
  // Two layers, keys and values of two heads: a float scale and 16 codes a position.
  EXPECT_EQ(bill.cache, 2u * 2 * 2 * 64 * (4 + 16));
  EXPECT_EQ(bill.activations, 16u * 1280);
  EXPECT_EQ(bill.logits, 4u * (384 + 288 * 4));
}

TEST(Session, RefusesEveryArenaThatIsTooSmall) {
  const SessionConfig config{.context_tokens = 32, .batch_tokens = 2};
  const size_t needed = checked(Session::arena_bytes(tiny_llama_model(), config));
  const GuardedMemory arena(needed);
  for (size_t bytes = 0; bytes < needed; ++bytes) {
    const Result<Session*> session =
        Session::create(tiny_llama_model(), config, arena.bytes().first(bytes));
    ASSERT_EQ(session.error(), Error::ArenaTooSmall) << bytes;
    ASSERT_EQ(session.failure().where, needed);
  }
  EXPECT_TRUE(Session::create(tiny_llama_model(), config, arena.bytes()).ok());
  const GuardedMemory crooked(needed + 64, 8);
  EXPECT_EQ(Session::create(tiny_llama_model(), config, crooked.bytes()).error(),
            Error::ArenaMisaligned);
}

TEST(Session, RefusesKernelsTheCpuDoesNotRun) {
  Kernels unreal = *kernels_named(Text("scalar", 6));
  unreal.required_features = uint64_t{1} << 63;
  const SessionConfig config{.kernels = &unreal};
  const GuardedMemory arena(checked(Session::arena_bytes(tiny_llama_model(), config)));
  EXPECT_EQ(Session::create(tiny_llama_model(), config, arena.bytes()).error(),
            Error::UnsupportedCpu);
}

TEST(Session, StepNeedsABudgetAndTokens) {
  TestSession session(tiny_llama_model());
  EXPECT_EQ(session->step(1).error(), Error::NothingToDo);
  ASSERT_TRUE(session->append(span_of(tiny_tokens(1))).ok());
  EXPECT_EQ(session->step(0).error(), Error::BadArgument);
  EXPECT_EQ(session->logits().error(), Error::NothingToDo);
}

}  // namespace
}  // namespace nibble::test
