// Tests of passes: rows of several sequences in one pass, and a pass that is run op by op.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>

#include <cstring>

#include "runtime/session/session_plan.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"
#include "tests/support/tiny_llama_model.h"

namespace nibble::test {
namespace {

using L = TinyLlama;

Bits bits_of_row(const session::Workspace& workspace, uint32_t row) {
  return bits_of(Result<Span<const float>>(workspace.logits(row)));
}

/// A text of which the first tokens are computed, and the next ones wait.
struct Half {
  std::vector<Token> computed, next;
  SessionConfig config;

  /// Logits after each of the next tokens, with the sequence alone in its passes.
  std::vector<Bits> alone() const {
    TestSession session(tiny_llama_model(), config);
    if (!computed.empty()) (void)checked(session->prefill(span_of(computed)));
    std::vector<Bits> logits;
    for (const Token token : next) logits.push_back(bits_of(session->decode(token)));
    return logits;
  }
};

/// Rows of several sequences, as a pass takes them.
struct Rows {
  std::vector<Token> tokens;
  std::vector<RowPlace> places;

  void add(const SessionState& state, const std::vector<Token>& next) {
    for (uint32_t i = 0; i < next.size(); ++i) {
      tokens.push_back(next[i]);
      places.push_back({state.sequence.layers, state.sequence.position + i});
    }
  }
  program::Pass pass() const {
    const auto rows = static_cast<uint32_t>(tokens.size());
    return {.tokens = tokens.data(), .places = places.data(), .rows = rows, .logit_rows = rows};
  }
};

/// Computes the next tokens of both in one pass, in a workspace that belongs to neither.
void expect_same_bits_together(const Half& first, const Half& second, const Kernels* kernels) {
  TestSession a(tiny_llama_model(), first.config), b(tiny_llama_model(), second.config);
  TestSession other(tiny_llama_model(), {.batch_tokens = 16, .logit_rows = 16, .kernels = kernels});
  if (!first.computed.empty()) (void)checked(a->prefill(span_of(first.computed)));
  if (!second.computed.empty()) (void)checked(b->prefill(span_of(second.computed)));

  Rows rows;
  rows.add(SessionState::of(*a), first.next);
  rows.add(SessionState::of(*b), second.next);
  session::Workspace& workspace = SessionState::of(*other).batch->workspace;
  workspace.executor.start(workspace.bindings, rows.pass());
  ASSERT_NE(workspace.executor.run(Session::kAllTiles), 0u);
  ASSERT_TRUE(workspace.executor.done());

  std::vector<Bits> expected = first.alone();
  for (const Bits& logits : second.alone()) expected.push_back(logits);
  for (uint32_t row = 0; row < expected.size(); ++row)
    EXPECT_EQ(bits_of_row(workspace, row), expected[row]) << "row " << row;
  EXPECT_TRUE(a.canaries_whole() && b.canaries_whole() && other.canaries_whole());
}

TEST(Pass, ComputesRowsOfTwoSequencesAsEachAlone) {
  for (const CacheType cache :
       {CacheType::F16, CacheType::Int8, CacheType::Hybrid, CacheType::Int4}) {
    const SessionConfig config{.cache = cache};
    expect_same_bits_together({tiny_tokens(33, 1), tiny_tokens(3, 5), config},
                              {tiny_tokens(7, 2), tiny_tokens(2, 6), config}, nullptr);
    expect_same_bits_together({{}, tiny_tokens(4, 5), config},
                              {tiny_tokens(50, 2), tiny_tokens(1, 6), config}, nullptr);
  }
}

TEST(Pass, ComputesSequencesWithCachesOfTwoTypes) {
  expect_same_bits_together({tiny_tokens(33, 1), tiny_tokens(3, 5), {.cache = CacheType::F16}},
                            {tiny_tokens(7, 2), tiny_tokens(9, 6), {.cache = CacheType::Int8}},
                            nullptr);
}

TEST(Pass, ComputesRowsOfTwoSequencesOnEveryKernelSet) {
  for (const Kernels* kernels : compiled_kernels()) {
    if (!runs_on(*kernels, cpu_features())) continue;
    expect_same_bits_together({tiny_tokens(33, 1), tiny_tokens(3, 5), {}},
                              {tiny_tokens(7, 2), tiny_tokens(2, 6), {}}, kernels);
  }
}

/// What a row of a buffer holds.
Bits floats_of(const program::BufferView& view, uint32_t row, uint32_t width) {
  Bits bits(width);
  std::memcpy(bits.data(), view.row(row), width * sizeof(uint32_t));
  return bits;
}

TEST(Pass, RunsOpByOpAndShowsItsBuffersBetween) {
  const std::vector<Token> list = tiny_tokens(5, 3);
  TestSession session(tiny_llama_model());
  ASSERT_TRUE(session->append(span_of(list)).ok());
  SessionState& state = SessionState::of(*session);
  const session::Workspace& workspace = state.batch->workspace;
  const program::Pass pass = workspace.pass_over(state.sequence, 5, 1);
  const auto hidden = [&] {
    return floats_of(program::buffer_rows(workspace.bindings, pass, L::kHidden), 4, 64);
  };

  run_op(workspace.bindings, pass, L::kEmbedOp);
  const Bits embedded = hidden();
  for (uint32_t op = L::kEmbedOp + 1; op < L::op(0, L::kAttentionOutOp); ++op)
    run_op(workspace.bindings, pass, op);
  EXPECT_EQ(hidden(), embedded);  // the residual is left alone until attention is added
  for (uint32_t op = L::op(0, L::kAttentionOutOp); op < L::kOps; ++op)
    run_op(workspace.bindings, pass, op);
  EXPECT_NE(hidden(), embedded);

  const program::BufferView logits = program::buffer_rows(workspace.bindings, pass, L::kLogits);
  EXPECT_EQ(logits.rows, 1u);
  TestSession whole(tiny_llama_model());
  EXPECT_EQ(floats_of(logits, 0, 260), bits_of(whole->prefill(span_of(list))));
}

}  // namespace
}  // namespace nibble::test
