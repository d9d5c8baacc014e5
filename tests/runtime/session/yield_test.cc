// How often the runtime yields: the work between two calls is what a kernel's section has at least.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/generator.h>

#include <string>
#include <vector>

#include "runtime/format/ops.h"
#include "runtime/program/op_binding.h"
#include "runtime/session/session_plan.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"
#include "tests/support/tiny_llama_model.h"

namespace {
uint64_t yields;
}

// The linker's --wrap sends the runtime here.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" void __wrap_nibble_platform_yield() {
  ++yields;
}

namespace nibble::test {
namespace {

using L = TinyLlama;

constexpr uint32_t kContext = 96;

/// Yields of a pass over `rows` tokens.
uint64_t yields_of_pass(uint32_t rows, ParallelFor parallel = {}) {
  TestSession session(tiny_llama_model(),
                      {.context_tokens = kContext, .batch_tokens = kContext, .parallel = parallel});
  const std::vector<Token> list(rows, 7);
  yields = 0;
  (void)checked(session->prefill(span_of(list)));
  return yields;
}

TEST(Yield, ComesBehindEachOpOfAShortPass) {
  EXPECT_EQ(yields_of_pass(1), L::kOps);
}

// For 96 tokens, 2^19 multiply-adds are two tiles of a matrix of 64 columns, one of a matrix of 96,
// and 85 of attention over 96 positions.
TEST(Yield, ComesWithinAnOpThatIsLong) {
  constexpr uint64_t kGate = 1, kUp = 1, kDown = 1;  // 3, 3 and 2 tiles
  constexpr uint64_t kAttend = 2;                    // 192 tiles
  EXPECT_EQ(yields_of_pass(kContext), L::kOps + 2 * (kGate + kUp + kDown + kAttend));
}

void run_whole(void*, uint32_t tiles, nibble_parallel_body body, void* argument) {
  body(argument, 0, tiles);
}

TEST(Yield, ComesBehindEachOpWithThreads) {
  EXPECT_EQ(yields_of_pass(kContext, {.context = nullptr, .run = run_whole}), L::kOps);
}

/// Work of a tile of layer 0's op in a pass of one row at a position.
uint64_t work(L::LayerOp op, uint32_t position) {
  TestSession session(tiny_llama_model());
  SessionState& state = SessionState::of(*session);
  const RowPlace place = {.layers = state.sequence.layers, .position = position};
  const program::Bindings& bindings = state.batch->workspace.bindings;
  return program::tile_work(bindings, {.places = &place, .rows = 1, .logit_rows = 1},
                            bindings.program.ops[L::op(0, op)]);
}

TEST(Yield, CountsTheWorkOfATile) {
  EXPECT_EQ(work(L::kQueryOp, 0), 32u * 64);
  EXPECT_EQ(work(L::kDownOp, 500), 32u * 96);
  // Scores and mix of two heads of 16 over all positions so far.
  EXPECT_EQ(work(L::kAttendOp, 0), 2u * 2 * 16);
  EXPECT_EQ(work(L::kAttendOp, 999), 1000u * 2 * 2 * 16);
}

TEST(Yield, ComesWhileATokenIsDrawn) {
  const GeneratorConfig config{.sampler = {.temperature_milli = 1000, .top_p_milli = 900}};
  alignas(64) static uint8_t arena[1 << 20];
  ASSERT_LE(checked(Generator::arena_bytes(tiny_llama_model(), config)), sizeof(arena));
  Generator& generator =
      *checked(Generator::create(tiny_llama_model(), config, {arena, sizeof(arena)}));
  const Token token = 7;
  ASSERT_TRUE(generator.append({&token, 1}).ok());
  (void)checked(generator.step(Session::kAllTiles));
  yields = 0;
  (void)checked(generator.next());
  EXPECT_GE(yields, 8u);
  ASSERT_TRUE(generator.append({&token, 1}).ok());
  (void)checked(generator.step(Session::kAllTiles));
  yields = 0;
  (void)checked(generator.log_likelihood(3));
  EXPECT_GE(yields, 1u);
}

/// Yields of encoding a text of which all steps over it count.
uint64_t yields_of_encoding(const std::string& text) {
  const Tokenizer& tokenizer = tiny_llama_model().tokenizer();
  std::vector<uint64_t> workspace(checked(tokenizer.workspace_bytes(text.size())) / 8 + 1);
  std::vector<Token> tokens(tokenizer.most_tokens(text.size()));
  yields = 0;
  (void)checked(tokenizer.encode(
      {text.data(), text.size()}, EncodeMode::Prompt, {tokens.data(), tokens.size()},
      {reinterpret_cast<uint8_t*>(workspace.data()), 8 * workspace.size()}));
  return yields;
}

// Two looks for added tokens, the normalization and the words; a long word is cut into symbols,
// which look for their pairs, before it counts as one.
TEST(Yield, ComesWhileTextIsEncoded) {
  constexpr size_t kBytes = 64 << 10, kTurns = kBytes / 4096;
  std::string words;
  while (words.size() < kBytes) words += "abc ";
  EXPECT_EQ(yields_of_encoding("abc"), 0u);
  EXPECT_GE(yields_of_encoding(words), 4 * kTurns);
  EXPECT_GE(yields_of_encoding(std::string(kBytes, 'a')), 5 * kTurns);
}

}  // namespace
}  // namespace nibble::test
