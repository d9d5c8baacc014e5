// Tests of the decode loop: it replies as its parts do by hand, and ends for each of its reasons.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/generator.h>

#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"
#include "tests/support/tiny_llama_model.h"

namespace nibble::test {
namespace {

constexpr Token kEndToken = 2;  // of tiny_model()'s vocabulary

Text text_of(const std::string& text) {
  return {text.data(), text.size()};
}
/// Of a literal, which outlives every view.
template <size_t kBytes>
Text text_of(const char (&literal)[kBytes]) {
  return {literal, kBytes - 1};
}
std::string string_of(Text text) {
  return {text.data(), text.size()};
}

/// In exactly the memory it asked for, which is full of NaNs.
class MemoryGenerator {
 public:
  explicit MemoryGenerator(const GeneratorConfig& config = {})
      : arena_(checked(Generator::arena_bytes(tiny_llama_model(), config))),
        generator_(checked(Generator::create(tiny_llama_model(), config, arena_.bytes()))) {}
  ~MemoryGenerator() { EXPECT_TRUE(arena_.canaries_whole()); }
  MemoryGenerator(const MemoryGenerator&) = delete;

  Generator& operator*() const { return *generator_; }
  Generator* operator->() const { return generator_; }

 private:
  GuardedMemory arena_;
  Generator* generator_;
};

struct Reply {
  std::vector<Token> tokens;  // without the end token
  std::string text;
  EndReason end = EndReason::None;
  std::vector<Bits> logits;
};

/// What Session, Sampler, Tokenizer and TextStream make of a prompt, without a Generator.
Reply by_hand(const std::string& prompt, const SamplerConfig& config, size_t max_tokens) {
  TestSession session(tiny_llama_model());
  const Tokenizer& tokenizer = tiny_llama_model().tokenizer();
  const GuardedMemory workspace(checked(Sampler::workspace_bytes(tokenizer.vocabulary())));
  Sampler sampler = checked(
      Sampler::create(config, tokenizer.vocabulary(), session->kernels(), workspace.bytes()));
  const std::vector<Token> tokens = encode(tiny_llama_model(), prompt, EncodeMode::Prompt);

  Reply reply;
  TextStream stream(false);
  char text[TextStream::room_bytes(1)];
  Span<const float> logits = checked(session->prefill(span_of(tokens)));
  while (reply.end == EndReason::None) {
    const Token token = sampler.pick(logits, session->history());
    reply.logits.push_back(bits_of(logits));
    if (token == kEndToken) {
      reply.end = EndReason::EndToken;
      break;
    }
    reply.tokens.push_back(token);
    reply.text.append(text, checked(stream.push(tokenizer.piece(token), text)));
    if (reply.tokens.size() == max_tokens) {
      reply.end = EndReason::TokenLimit;
    } else if (session->position() == session->context_tokens()) {
      reply.end = EndReason::ContextFull;
    } else {
      logits = checked(session->decode(token));
    }
  }
  reply.text.append(text, checked(stream.flush(text)));
  return reply;
}

/// All parts up to the end of the reply.
Reply rest_of(Generator& generator) {
  Reply reply;
  while (reply.end == EndReason::None) {
    const ReplyPart part = checked(generator.next());
    reply.logits.push_back(bits_of(generator.session().logits()));
    if (part.end != EndReason::EndToken) reply.tokens.push_back(part.token);
    reply.text += string_of(part.text);
    reply.end = part.end;
  }
  EXPECT_EQ(generator.next().error(), Error::NothingToDo) << "a reply ends once";
  return reply;
}

Reply reply_to(Generator& generator, const std::string& prompt) {
  checked(generator.prompt(text_of(prompt)));
  return rest_of(generator);
}

void expect_equal(const Reply& found, const Reply& expected) {
  EXPECT_EQ(found.tokens, expected.tokens);
  EXPECT_EQ(found.text, expected.text);
  EXPECT_EQ(found.end, expected.end);
  EXPECT_EQ(found.logits, expected.logits);
}

/// Lively enough that every byte of text comes up, and that replies end at some time.
GeneratorConfig sampled(uint64_t seed, uint64_t max_tokens = 0) {
  GeneratorConfig config;
  config.sampler = {.temperature_milli = 30'000, .seed = seed};
  config.max_tokens = max_tokens;
  return config;
}

TEST(Generator, RepliesAsItsPartsDoByHand) {
  for (const size_t max_tokens : {1u, 12u}) {
    GeneratorConfig greedy;
    greedy.max_tokens = max_tokens;
    const MemoryGenerator generator(greedy);
    expect_equal(reply_to(*generator, "a b"), by_hand("a b", greedy.sampler, max_tokens));
  }
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const GeneratorConfig config = sampled(seed);
    const MemoryGenerator generator(config);
    expect_equal(reply_to(*generator, "a b"), by_hand("a b", config.sampler, 1000));
  }
}

TEST(Generator, GivesTheSameReplyForAnyBudget) {
  const GeneratorConfig config = sampled(3, 20);
  const Reply expected = by_hand("something to read", config.sampler, 20);
  for (const uint64_t budget : {uint64_t{1}, uint64_t{7}, Session::kAllTiles}) {
    const MemoryGenerator generator(config);
    ASSERT_TRUE(generator->prompt(text_of("something to read")).ok());
    Reply reply;
    do {
      while (checked(generator->step(budget)) == Progress::More) {
      }
      const ReplyPart part = checked(generator->next());
      reply.tokens.push_back(part.token);
      reply.text += string_of(part.text);
      reply.end = part.end;
    } while (reply.end == EndReason::None);
    EXPECT_EQ(reply.tokens, expected.tokens) << budget;
    EXPECT_EQ(reply.text, expected.text) << budget;
  }
}

TEST(Generator, EndsWithAnEndTokenThatItDoesNotKeep) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const MemoryGenerator generator(sampled(seed));
    ASSERT_TRUE(generator->prompt(text_of("a")).ok());
    const uint32_t prompt_tokens = generator->session().queued_tokens();
    const Reply reply = rest_of(*generator);
    if (reply.end != EndReason::EndToken) continue;
    EXPECT_EQ(generator->session().position(), prompt_tokens + reply.tokens.size());
    ASSERT_TRUE(generator->prompt(text_of("a")).ok());
    EXPECT_EQ(generator->session().queued_tokens(), 1u);
    return;
  }
  FAIL() << "no seed drew the end token";
}

TEST(Generator, EndsAtItsTokenLimitAndCanGoOnFromThere) {
  const SamplerConfig greedy;
  const Reply whole = by_hand("a b", greedy, 9);
  ASSERT_EQ(whole.end, EndReason::TokenLimit);
  GeneratorConfig config;
  config.max_tokens = 4;
  const MemoryGenerator generator(config);
  const Reply first = reply_to(*generator, "a b");
  EXPECT_EQ(first.end, EndReason::TokenLimit);
  ASSERT_EQ(first.tokens, std::vector<Token>(whole.tokens.begin(), whole.tokens.begin() + 4));

  // The next reply follows the last token: given the fifth one, it begins with the sixth.
  ASSERT_TRUE(generator->append({&whole.tokens[4], 1}).ok());
  const Reply second = rest_of(*generator);
  EXPECT_EQ(second.tokens, std::vector<Token>(whole.tokens.begin() + 5, whole.tokens.end()));
  EXPECT_EQ(second.logits.back(), whole.logits.back());
}

TEST(Generator, EndsWhereTheContextEnds) {
  GeneratorConfig config;
  config.session.context_tokens = 8;
  const MemoryGenerator generator(config);
  const Reply reply = reply_to(*generator, "a b");  // 4 tokens
  EXPECT_EQ(reply.end, EndReason::ContextFull);
  EXPECT_EQ(reply.tokens.size(), 5u) << "4 of them computed, 1 drawn from the last";
  EXPECT_EQ(generator->session().position(), 8u);
  const Failure full = generator->prompt(text_of("a")).failure();
  EXPECT_EQ(full.error, Error::ContextFull);
  EXPECT_EQ(full.where, 0u);
}

TEST(Generator, EndsBeforeAStopTextThatSpansTokens) {
  GeneratorConfig config = sampled(5, 20);
  const Reply whole = by_hand("a b", config.sampler, 20);
  ASSERT_EQ(whole.tokens.size(), 20u);
  for (size_t begin = 0; begin + 4 <= whole.text.size(); ++begin) {
    const std::string stop = whole.text.substr(begin, 4);
    const Text stops[] = {Text(), text_of("never to be seen"), text_of(stop)};
    config.stop_texts = stops;
    const MemoryGenerator generator(config);
    const Reply reply = reply_to(*generator, "a b");
    EXPECT_EQ(reply.end, EndReason::StopText) << begin;
    EXPECT_EQ(reply.text, whole.text.substr(0, whole.text.find(stop))) << begin;
    EXPECT_TRUE(std::equal(reply.tokens.begin(), reply.tokens.end(), whole.tokens.begin()));
    EXPECT_LT(generator->session().position(), 4 + reply.tokens.size())
        << "the token that completes the stop text is not kept";
  }
}

TEST(Generator, ShowsInTheLastPartWhatItHeldBack) {
  GeneratorConfig config = sampled(5, 20);
  const Reply whole = by_hand("a b", config.sampler, 20);
  const std::string stop = whole.text.substr(whole.text.size() - 6) + "!";
  const Text stops[] = {text_of(stop)};
  config.stop_texts = stops;
  for (const bool asks_to_the_end : {true, false}) {
    const MemoryGenerator generator(config);
    ASSERT_TRUE(generator->prompt(text_of("a b")).ok());
    std::string text;
    for (int part = 0; part < 19; ++part) text += string_of(checked(generator->next()).text);
    EXPECT_LT(text.size(), whole.text.size() - 3);
    const std::string rest =
        string_of(asks_to_the_end ? checked(generator->next()).text : generator->flush());
    EXPECT_FALSE(rest.empty());
    EXPECT_EQ(whole.text.compare(0, (text + rest).size(), text + rest), 0) << text + rest;
    EXPECT_EQ(text + rest == whole.text, asks_to_the_end);
  }
}

TEST(Generator, CountsAndFiltersEachReplyAnew) {
  GeneratorConfig config;
  config.max_tokens = 3;
  const MemoryGenerator generator(config);
  EXPECT_EQ(reply_to(*generator, "a").tokens.size(), 3u);
  EXPECT_EQ(reply_to(*generator, "b").tokens.size(), 3u);
}

TEST(Generator, CancelsAndContinues) {
  const GeneratorConfig config = sampled(1, 8);
  const MemoryGenerator generator(config);
  ASSERT_TRUE(generator->prompt(text_of("something else")).ok());
  EXPECT_EQ(checked(generator->step(1)), Progress::More);
  EXPECT_EQ(generator->prompt(text_of("a")).error(), Error::Busy);
  EXPECT_EQ(generator->rewind(0).error(), Error::Busy);
  generator->cancel();
  EXPECT_EQ(generator->session().position(), 0u);
  EXPECT_EQ(generator->step(1).error(), Error::NothingToDo);
  EXPECT_EQ(generator->next().error(), Error::NothingToDo);
  expect_equal(reply_to(*generator, "a b"), by_hand("a b", config.sampler, 8));
}

TEST(Generator, CancelsAPassOfItsReply) {
  GeneratorConfig config;
  config.max_tokens = 8;
  const Reply whole = by_hand("a b", config.sampler, 8);
  const MemoryGenerator generator(config);
  ASSERT_TRUE(generator->prompt(text_of("a b")).ok());
  for (int i = 0; i < 2; ++i) checked(generator->next());
  EXPECT_EQ(checked(generator->step(1)), Progress::More);
  generator->cancel();  // The second token, half-computed, is gone; the first one stays.
  EXPECT_EQ(generator->session().position(), 5u);
  ASSERT_TRUE(generator->append({&whole.tokens[1], 1}).ok());
  EXPECT_EQ(checked(generator->next()).token, whole.tokens[2]);
}

TEST(Generator, RewindsAndResets) {
  const GeneratorConfig config = sampled(2, 8);
  const MemoryGenerator generator(config);
  const Reply first = reply_to(*generator, "a b");
  EXPECT_EQ(generator->rewind(1000).error(), Error::BadArgument);
  ASSERT_TRUE(generator->rewind(0).ok());
  EXPECT_EQ(generator->next().error(), Error::NothingToDo);
  EXPECT_NE(reply_to(*generator, "a b").tokens, first.tokens) << "its random numbers went on";
  ASSERT_TRUE(generator->prompt(text_of("cut short")).ok());
  EXPECT_EQ(checked(generator->step(1)), Progress::More);
  generator->reset();
  expect_equal(reply_to(*generator, "a b"), first);
}

TEST(Generator, TakesTextsAsLongAsItWasToldTo) {
  const std::string text(60, 'b');
  const MemoryGenerator small;
  const Failure refused = small->prompt(text_of(text)).failure();
  EXPECT_EQ(refused.error, Error::TextTooLong);
  EXPECT_EQ(refused.where, 60u);
  EXPECT_EQ(small->session().queued_tokens(), 0u);
  GeneratorConfig config;
  config.prompt_bytes = 60;
  const MemoryGenerator generator(config);
  ASSERT_TRUE(generator->prompt(text_of(text)).ok());
  EXPECT_EQ(generator->session().queued_tokens(), 61u);
  const Failure full = generator->prompt(text_of("four")).failure();
  EXPECT_EQ(full.error, Error::ContextFull);
  EXPECT_EQ(full.where, 3u);
}

TEST(Generator, RefusesTextsOfMoreTokensThanItsContext) {
  GeneratorConfig config;
  config.session.context_tokens = 8;
  config.prompt_bytes = 9;
  const MemoryGenerator generator(config);
  const Failure full = generator->prompt(text_of("ninebytes")).failure();
  EXPECT_EQ(full.error, Error::ContextFull);
  EXPECT_EQ(full.where, 8u);
  EXPECT_EQ(generator->prompt(Text()).error(), Error::None) << "the begin-of-text token";
}

TEST(Generator, NeedsExactlyTheArenaItAsksFor) {
  const Text stops[] = {text_of("stop here"), text_of("or here")};
  GeneratorConfig config;
  config.session.context_tokens = 8;
  config.prompt_bytes = 100;
  config.stop_texts = stops;
  const GeneratorMemory memory = checked(Generator::memory(tiny_llama_model(), config));
  const size_t needed = checked(Generator::arena_bytes(tiny_llama_model(), config));
  EXPECT_EQ(memory.total(), needed);
  EXPECT_EQ(memory.session.total(),
            checked(Session::arena_bytes(tiny_llama_model(), config.session)));
  const GuardedMemory arena(needed);
  for (size_t bytes = 0; bytes < needed; ++bytes) {
    const Failure refused =
        Generator::create(tiny_llama_model(), config, arena.bytes().first(bytes)).failure();
    ASSERT_EQ(refused.error, Error::ArenaTooSmall) << bytes;
    ASSERT_EQ(refused.where, needed);
  }
  EXPECT_TRUE(Generator::create(tiny_llama_model(), config, arena.bytes()).ok());
  const GuardedMemory askew(needed, 8);
  EXPECT_EQ(Generator::create(tiny_llama_model(), config, askew.bytes()).error(),
            Error::ArenaMisaligned);
}

TEST(Generator, RefusesSettingsOutOfRange) {
  std::vector<Text> stops(kMaxStopTexts + 1, text_of("x"));
  GeneratorConfig config;
  config.stop_texts = {stops.data(), kMaxStopTexts};
  const size_t bytes = checked(Generator::arena_bytes(tiny_llama_model(), config));
  const GuardedMemory arena(bytes);
  EXPECT_TRUE(Generator::create(tiny_llama_model(), config, arena.bytes()).ok());
  config.sampler.top_p_milli = 0;
  EXPECT_EQ(Generator::create(tiny_llama_model(), config, arena.bytes()).error(),
            Error::BadArgument);
  config.stop_texts = {stops.data(), stops.size()};
  EXPECT_EQ(Generator::memory(tiny_llama_model(), config).error(), Error::BadArgument);
  GeneratorConfig long_context;
  long_context.session.context_tokens = 1000;
  EXPECT_EQ(Generator::memory(tiny_llama_model(), long_context).error(), Error::BadArgument);
  GeneratorConfig long_prompt;
  long_prompt.prompt_bytes = size_t{2} << 30;
  EXPECT_EQ(Generator::memory(tiny_llama_model(), long_prompt).error(), Error::SizeOverflow);
}

TEST(Generator, PlaysTheSelfTestAtItsStartOnly) {
  const GeneratorConfig config = sampled(7, 6);
  const MemoryGenerator generator(config);
  const Reply first = reply_to(*generator, "a");
  EXPECT_EQ(generator->self_test().error(), Error::BadArgument);
  ASSERT_TRUE(generator->rewind(0).ok());
  // tiny_llama()'s record is not that of a run; self_test_test.cc has one that is.
  EXPECT_EQ(generator->self_test().error(), Error::SelfTestMismatch);
  expect_equal(reply_to(*generator, "a"), first);
}

}  // namespace
}  // namespace nibble::test
