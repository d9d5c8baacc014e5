// Whatever is done to the sessions of a batch, in whatever order, their logits are those of the
// tokens in their histories.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <random>

#include "offline/calibrate/built_model.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"
#include "tests/support/tiny_sources.h"

namespace nibble::test {
namespace {

constexpr uint32_t kSessions = 6, kTurns = 300;

/// Appends, steps, cancels, rewinds and waits at random.
class RandomMix {
 public:
  RandomMix(const Model& model, const SessionConfig& config, uint32_t seed)
      : batch_(model, {.session = config, .sessions = kSessions}),
        oracle_(model, {.context_tokens = config.context_tokens, .batch_tokens = 16}),
        vocabulary_(model.shape().vocabulary),
        random_(seed) {}

  void run() {
    for (uint32_t turn = 0; turn < kTurns; ++turn) {
      act(batch_[below(kSessions)]);
      const Result<Progress> progress = batch_->step(1 + below(2) * below(600));
      ASSERT_TRUE(progress.ok() || progress.error() == Error::NothingToDo);
      for (uint32_t i = 0; i < kSessions; ++i) check(batch_[i]);
    }
    EXPECT_TRUE(batch_.canaries_whole());
    EXPECT_GT(checked_logits_, kTurns / 8);
    EXPECT_GT(refused_, 0u);
  }
  /// Rewinds that windows refused.
  uint32_t forgotten() const { return forgotten_; }

 private:
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  void act(Session& session) {
    const uint32_t choice = below(16);
    if (choice == 0) return session.cancel();
    if (choice == 1 && session.position() != 0) rewind(session);
    if (choice == 2) (void)session.step(1 + below(900));
    if (choice > 8) append(session);
  }
  /// By a few positions mostly; a window may have forgotten what is further back.
  void rewind(Session& session) {
    const uint32_t position = session.position();
    const uint32_t few = 1 + below(position < 8 ? position : 8);
    const Status rewound = session.rewind(below(3) == 0 ? below(position) : position - few);
    if (rewound.error() == Error::BadArgument) ++forgotten_;
    refused_ += rewound.ok() ? 0 : 1;
  }
  void append(Session& session) {
    std::vector<Token> tokens(below(3) == 0 ? 1 + below(50) : 1);
    for (Token& token : tokens) token = below(vocabulary_);
    const Status appended = session.append(span_of(tokens));
    refused_ += appended.ok() ? 0 : 1;
    ASSERT_TRUE(appended.ok() || appended.error() == Error::ContextFull ||
                appended.error() == Error::Busy);
  }
  void check(const Session& session) {
    if (!session.logits().ok()) return;
    ASSERT_TRUE(oracle_->rewind(0).ok());
    EXPECT_EQ(bits_of(session.logits()), bits_of(oracle_->prefill(session.history())));
    ++checked_logits_;
  }

  TestBatch batch_;
  TestSession oracle_;
  uint32_t vocabulary_;
  std::mt19937 random_;
  uint32_t checked_logits_ = 0, refused_ = 0, forgotten_ = 0;
};

TEST(BatchMixes, KeepTheBitsOfALlama) {
  const TinyModel tiny = tiny_llama();
  const offline::BlobBytes blob = offline::build_blob(tiny.contents, {});
  const TestModel model(blob);
  for (uint32_t seed = 1; seed <= 8; ++seed)
    RandomMix(*model, {.context_tokens = 90, .batch_tokens = 6 + seed}, seed).run();
}

TEST(BatchMixes, KeepTheBitsOfLayersWithWindows) {
  const offline::SourceModel source = source_of(tiny_decoder("Mistral"));
  const offline::BuiltModel built(source, source.compile_as_f16(), *offline::make_quantizer("rtn"));
  uint32_t forgotten = 0;
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    RandomMix mix(built.loaded().model(), {.context_tokens = 300, .batch_tokens = 6 + seed}, seed);
    mix.run();
    forgotten += mix.forgotten();
  }
  EXPECT_GT(forgotten, 0u);
}

}  // namespace
}  // namespace nibble::test
