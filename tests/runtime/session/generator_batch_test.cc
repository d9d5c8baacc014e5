// Tests of replies side by side: each is the one that its generator gives alone.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/generator_batch.h>

#include "tests/support/test_model.h"
#include "tests/support/tiny_llama_model.h"

namespace nibble::test {
namespace {

Text text_of(const std::string& text) {
  return {text.data(), text.size()};
}

struct Reply {
  std::vector<Token> tokens;
  std::string text;
  EndReason end = EndReason::None;
  std::vector<Bits> logits;

  void add(const ReplyPart& part, const Generator& generator) {
    tokens.push_back(part.token);
    text.append(part.text.data(), part.text.size());
    end = part.end;
    logits.push_back(bits_of(generator.session().logits()));
  }
  bool operator==(const Reply&) const = default;
};

/// What one generator of a batch is asked.
struct Question {
  std::string prompt;
  SamplerConfig sampler;
  uint64_t max_tokens;
};

const std::vector<Question> kQuestions = {
    {"once", {.temperature_milli = 900, .seed = 1}, 9},
    {"a much longer prompt than those of all others", {.temperature_milli = 1100, .seed = 2}, 4},
    {"b", {}, 12},
    {"the same settings", {.temperature_milli = 900, .top_k = 20, .seed = 1}, 0},
    {"until the context ends", {.temperature_milli = 700, .seed = 5}, 0}};

void ask(Generator& generator, const Question& question) {
  checked(generator.configure(question.sampler, question.max_tokens));
  checked(generator.prompt(text_of(question.prompt)));
}

const Text kStops[] = {Text("zq", 2), Text("e", 1)};
const GeneratorConfig kEach = {.session = {.batch_tokens = 8},
                               .stop_texts = Span<const Text>(kStops)};

Reply alone(const Question& question) {
  const GuardedMemory arena(checked(Generator::arena_bytes(tiny_llama_model(), kEach)));
  Generator& generator = *checked(Generator::create(tiny_llama_model(), kEach, arena.bytes()));
  ask(generator, question);
  Reply reply;
  while (reply.end == EndReason::None) reply.add(checked(generator.next()), generator);
  return reply;
}

class TestGenerators {
 public:
  explicit TestGenerators(const GeneratorBatchConfig& config)
      : arena_(checked(GeneratorBatch::arena_bytes(tiny_llama_model(), config))),
        batch_(checked(GeneratorBatch::create(tiny_llama_model(), config, arena_.bytes()))) {}
  ~TestGenerators() { EXPECT_TRUE(arena_.canaries_whole()); }
  TestGenerators(const TestGenerators&) = delete;
  GeneratorBatch* operator->() const { return batch_; }
  Generator& operator[](uint32_t index) const { return batch_->generator(index); }

 private:
  GuardedMemory arena_;
  GeneratorBatch* batch_;
};

GeneratorBatchConfig several() {
  return {.generator = kEach, .generators = static_cast<uint32_t>(kQuestions.size())};
}

TEST(GeneratorBatch, GivesTheReplyOfEachAlone) {
  for (const uint64_t budget : {uint64_t{13}, Session::kAllTiles}) {
    const TestGenerators batch(several());
    std::vector<Reply> replies(kQuestions.size());
    for (uint32_t i = 0; i < replies.size(); ++i) ask(batch[i], kQuestions[i]);
    while (batch->step(budget).ok())
      for (uint32_t i = 0; i < replies.size(); ++i)
        if (batch[i].is_ready()) replies[i].add(checked(batch[i].next()), batch[i]);
    for (uint32_t i = 0; i < replies.size(); ++i) EXPECT_EQ(replies[i], alone(kQuestions[i])) << i;
  }
}

TEST(GeneratorBatch, DrawsTheSameWithoutSteps) {
  const TestGenerators batch(several());
  std::vector<Reply> replies(kQuestions.size());
  for (uint32_t i = 0; i < replies.size(); ++i) ask(batch[i], kQuestions[i]);
  for (bool goes_on = true; goes_on;) {  // each computes the batch, and displaces others' logits
    goes_on = false;
    for (uint32_t i = 0; i < replies.size(); ++i) {
      if (replies[i].end != EndReason::None) continue;
      replies[i].add(checked(batch[i].next()), batch[i]);
      goes_on = true;
    }
  }
  for (uint32_t i = 0; i < replies.size(); ++i) EXPECT_EQ(replies[i], alone(kQuestions[i])) << i;
}

TEST(GeneratorBatch, TakesNewPromptsWhileOthersReply) {
  const TestGenerators batch({.generator = kEach, .generators = 2});
  ask(batch[0], kQuestions[2]);
  Reply first, second, third;
  for (uint32_t step = 0; batch->step(Session::kAllTiles).ok(); ++step) {
    if (step == 1) ask(batch[1], kQuestions[0]);
    if (batch[0].is_ready()) first.add(checked(batch[0].next()), batch[0]);
    if (!batch[1].is_ready()) continue;
    Reply& reply = second.end == EndReason::None ? second : third;
    reply.add(checked(batch[1].next()), batch[1]);
    if (&reply == &third || second.end == EndReason::None) continue;
    batch[1].reset();
    ask(batch[1], kQuestions[3]);
  }
  EXPECT_EQ(first, alone(kQuestions[2]));
  EXPECT_EQ(second, alone(kQuestions[0]));
  EXPECT_EQ(third, alone(kQuestions[3]));
}

TEST(GeneratorBatch, CancelledReplyLeavesTheOthersUntouched) {
  const TestGenerators batch(several());
  for (uint32_t i = 0; i < 3; ++i) ask(batch[i], kQuestions[i]);
  (void)checked(batch->step(5));
  batch[0].cancel();
  EXPECT_EQ(batch[0].next().error(), Error::NothingToDo);
  for (uint32_t i = 1; i < 3; ++i) {
    Reply reply;
    while (reply.end == EndReason::None) reply.add(checked(batch[i].next()), batch[i]);
    EXPECT_EQ(reply, alone(kQuestions[i]));
  }
}

TEST(GeneratorBatch, IsReadyOnlyToDrawWhatWasNotDrawn) {
  const TestGenerators batch({.generator = kEach, .generators = 2});
  EXPECT_FALSE(batch[0].is_ready());
  ask(batch[0], kQuestions[2]);
  EXPECT_FALSE(batch[0].is_ready());
  ASSERT_EQ(checked(batch->step(Session::kAllTiles)), Progress::Done);
  EXPECT_TRUE(batch[0].is_ready());
  EXPECT_FALSE(batch[1].is_ready());
  (void)checked(batch[0].next());
  EXPECT_FALSE(batch[0].is_ready());
}

TEST(GeneratorBatch, RefusesSettingsAndKeepsThoseItHas) {
  const TestGenerators batch({.generator = kEach, .generators = 2});
  ask(batch[0], kQuestions[0]);
  EXPECT_EQ(batch[0].configure({.top_p_milli = 0}, 3).error(), Error::BadArgument);
  Reply reply;
  while (reply.end == EndReason::None) reply.add(checked(batch[0].next()), batch[0]);
  EXPECT_EQ(reply, alone(kQuestions[0]));
}

TEST(GeneratorBatch, NeedsExactlyTheArenaItAsksFor) {
  const size_t needed = checked(GeneratorBatch::arena_bytes(tiny_llama_model(), several()));
  EXPECT_EQ(checked(GeneratorBatch::memory(tiny_llama_model(), several())).total(), needed);
  const GuardedMemory arena(needed);
  const auto failure =
      GeneratorBatch::create(tiny_llama_model(), several(), arena.bytes().first(needed - 1))
          .failure();
  EXPECT_EQ(failure.error, Error::ArenaTooSmall);
  EXPECT_EQ(failure.where, needed);
  EXPECT_TRUE(GeneratorBatch::create(tiny_llama_model(), several(), arena.bytes()).ok());
  GeneratorBatchConfig none = several();
  none.generators = 0;
  EXPECT_EQ(GeneratorBatch::arena_bytes(tiny_llama_model(), none).error(), Error::BadArgument);
}

}  // namespace
}  // namespace nibble::test
