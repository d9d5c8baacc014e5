// The thread pool under real work: any number of threads loads and computes the same bits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>
#include <nibble/thread_pool.h>

#include <thread>
#include <vector>

#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"

namespace nibble::test {
namespace {

constexpr uint32_t kMostThreads = 8;
constexpr uint32_t kPromptTokens = 20;  // more than a batch: two passes
constexpr uint32_t kDecodedTokens = 6;

const offline::BlobBytes& blob() {
  static const TinyModel tiny = tiny_llama(format::Storage::Zstd);
  static const offline::BlobBytes bytes = offline::build_blob(tiny.contents, {});
  return bytes;
}

/// The logits of a prompt and of the tokens after it.
std::vector<Bits> logits_of(const Model& model, const SessionConfig& config) {
  const TestSession session(model, config);
  std::vector<Token> prompt;
  for (Token token = 0; token < kPromptTokens; ++token) prompt.push_back(3 + 7 * token);
  std::vector<Bits> logits = {bits_of(session->prefill(span_of(prompt)))};
  for (Token token = 0; token < kDecodedTokens; ++token)
    logits.push_back(bits_of(session->decode(100 + token)));
  return logits;
}

TEST(Threads, GiveTheBitsOfOneThreadWithEveryKernelSet) {
  const TestModel model(blob());
  const std::vector<Bits> expected = logits_of(*model, {.kernels = kernels_named({"scalar", 6})});
  const uint64_t features = cpu_features();
  for (uint32_t threads = 2; threads <= kMostThreads; ++threads) {
    ThreadPool pool(threads);
    for (const Kernels* const kernels : compiled_kernels()) {
      if (!runs_on(*kernels, features)) continue;
      EXPECT_EQ(logits_of(*model, {.kernels = kernels, .parallel = pool.parallel_for()}), expected)
          << kernels_name(*kernels) << ", threads: " << threads;
    }
  }
}

TEST(Threads, LoadTheSameModel) {
  const BlobSource source = BlobSource::from_memory({blob().data(), blob().size()});
  const std::vector<Bits> expected = logits_of(*TestModel(blob()), {});
  for (uint32_t threads = 2; threads <= kMostThreads; ++threads) {
    ThreadPool pool(threads);
    const LoadConfig config{.workers = threads, .parallel = pool.parallel_for()};
    const LoadNeeds needs = checked(Model::needs(source, Residency::Release, config.workers));
    const GuardedMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
    const Model* const model =
        checked(Model::load(source, Residency::Release, arena.bytes(), scratch.bytes(), config));
    EXPECT_EQ(logits_of(*model, {}), expected) << "threads: " << threads;
  }
}

TEST(Threads, MayEachHaveASessionOfOneModel) {
  const TestModel model(blob());
  const std::vector<Bits> expected = logits_of(*model, {});
  std::vector<std::vector<Bits>> logits(3);
  {
    std::vector<std::jthread> threads;
    for (std::vector<Bits>& own : logits)
      threads.emplace_back([&] { own = logits_of(*model, {}); });
  }
  for (const std::vector<Bits>& own : logits) EXPECT_EQ(own, expected);
}

}  // namespace
}  // namespace nibble::test
