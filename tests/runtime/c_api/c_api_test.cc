// Tests of the C interface: it says what the C++ interface says, and checks what it is given.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/generator.h>
#include <nibble/nibble.h>
#include <nibble/self_test.h>
#include <nibble/thread_pool.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/format/blob.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"

extern "C" nibble_status nibble_header_test_reply(nibble_session* session, uint32_t* end,
                                                  void (*emit)(const char* text, size_t bytes));

namespace nibble::test {
namespace {

offline::BlobBytes llama_blob() {
  const TinyModel tiny = tiny_llama(format::Storage::Zstd);
  return offline::build_blob(tiny.contents, {});
}

nibble_source source_of(const offline::BlobBytes& blob) {
  nibble_source source{};
  source.struct_bytes = sizeof(source);
  source.memory = blob.data();
  source.bytes = blob.size();
  return source;
}

int32_t read_blob(void* context, uint64_t offset, void* out, size_t bytes) {
  std::memcpy(out, static_cast<const offline::BlobBytes*>(context)->data() + offset, bytes);
  return 0;
}
int32_t refuse_to_read(void*, uint64_t, void*, size_t) {
  return -5;
}

/// A model through the C interface, in exactly the memory it asked for.
struct CModel {
  offline::BlobBytes blob = llama_blob();
  GuardedMemory arena{0};
  const nibble_model* model = nullptr;

  CModel() {
    const nibble_source source = source_of(blob);
    size_t arena_bytes = 0, scratch_bytes = 0;
    EXPECT_EQ(nibble_model_needs(&source, &arena_bytes, &scratch_bytes), NIBBLE_OK);
    arena = GuardedMemory(arena_bytes);
    const GuardedMemory scratch(scratch_bytes);
    uint64_t where = 1;
    EXPECT_EQ(nibble_model_load(&source, arena.bytes().data(), arena_bytes, scratch.bytes().data(),
                                scratch_bytes, &where, &model),
              NIBBLE_OK);
    EXPECT_EQ(where, 0u);
  }
};

struct CSession {
  GuardedMemory arena{0};
  nibble_session* session = nullptr;

  explicit CSession(const nibble_model* model, const nibble_options* options = nullptr) {
    size_t bytes = 0;
    EXPECT_EQ(nibble_session_bytes(model, options, &bytes), NIBBLE_OK);
    arena = GuardedMemory(bytes);
    nibble_session* none = nullptr;
    uint64_t where = 0;
    EXPECT_EQ(nibble_session_create(model, options, arena.bytes().data(), bytes - 1, &where, &none),
              NIBBLE_ARENA_TOO_SMALL);
    EXPECT_EQ(where, bytes);
    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(nibble_session_create(model, options, arena.bytes().data(), bytes, &where, &session),
              NIBBLE_OK);
    EXPECT_EQ(where, 0u);
  }
  ~CSession() { EXPECT_TRUE(arena.canaries_whole()); }
};

nibble_options options_of(uint64_t seed = 0, uint32_t temperature_milli = 0) {
  nibble_options options{};
  options.struct_bytes = sizeof(options);
  options.temperature_milli = temperature_milli;
  options.seed = seed;
  return options;
}

nibble_status prompt(nibble_session* session, const std::string& text) {
  return nibble_prompt(session, text.data(), text.size(), nullptr);
}

nibble_reply_part empty_part() {
  nibble_reply_part part{};
  part.struct_bytes = sizeof(part);
  return part;
}

std::vector<Token> reply(nibble_session* session, uint32_t count, std::string* text = nullptr) {
  std::vector<Token> tokens;
  nibble_reply_part part = empty_part();
  while (tokens.size() < count && nibble_next(session, &part) == NIBBLE_OK) {
    tokens.push_back(part.token);
    if (text != nullptr) text->append(part.text, part.text_bytes);
  }
  return tokens;
}

TEST(CApi, SaysWhatTheModelIs) {
  const CModel c;
  nibble_shape shape{};
  shape.struct_bytes = sizeof(shape);
  ASSERT_EQ(nibble_model_shape(c.model, &shape), NIBBLE_OK);
  EXPECT_EQ(shape.struct_bytes, sizeof(shape));
  EXPECT_EQ(shape.vocabulary, 260u);
  EXPECT_EQ(shape.context_tokens, 96u);
  EXPECT_EQ(shape.ffn_width, 96u);
  const char* text = nullptr;
  size_t bytes = 0;
  ASSERT_EQ(nibble_model_string(c.model, NIBBLE_STRING_NAME, &text, &bytes), NIBBLE_OK);
  EXPECT_EQ(std::string(text, bytes), "tiny llama");
  ASSERT_EQ(nibble_model_string(c.model, NIBBLE_STRING_TOOL, &text, &bytes), NIBBLE_OK);
  EXPECT_EQ(std::string(text, bytes), "test");
  EXPECT_EQ(nibble_model_string(c.model, NIBBLE_STRING_TOOL + 1, &text, &bytes),
            NIBBLE_BAD_ARGUMENT);
  uint8_t identity[32];
  ASSERT_EQ(nibble_model_identity(c.model, identity), NIBBLE_OK);
  EXPECT_EQ(std::memcmp(identity, c.blob.data() + 56, 32), 0);
}

TEST(CApi, AnswersAnOlderCallersShorterStructs) {
  const CModel c;
  nibble_shape shape{};
  shape.struct_bytes = 8;  // a version that knew the vocabulary only
  shape.context_tokens = 77;
  ASSERT_EQ(nibble_model_shape(c.model, &shape), NIBBLE_OK);
  EXPECT_EQ(shape.vocabulary, 260u);
  EXPECT_EQ(shape.context_tokens, 77u);
  nibble_options options = options_of();
  options.struct_bytes = 12;
  options.batch_tokens = 4;
  options.top_p_milli = 123456;  // beyond what this caller knows of
  size_t shorter = 0, whole = 0;
  ASSERT_EQ(nibble_session_bytes(c.model, &options, &shorter), NIBBLE_OK);
  options.struct_bytes = sizeof(options);
  options.top_p_milli = 0;
  ASSERT_EQ(nibble_session_bytes(c.model, &options, &whole), NIBBLE_OK);
  EXPECT_EQ(shorter, whole);
}

TEST(CApi, RefusesFieldsOfANewerCaller) {
  const CModel c;
  struct {
    nibble_options options;
    uint64_t newer;
  } wide{options_of(), 0};
  wide.options.struct_bytes = sizeof(wide);
  size_t bytes = 0;
  EXPECT_EQ(nibble_session_bytes(c.model, &wide.options, &bytes), NIBBLE_OK);
  wide.newer = 1;
  EXPECT_EQ(nibble_session_bytes(c.model, &wide.options, &bytes), NIBBLE_BAD_ARGUMENT);
}

TEST(CApi, RepliesAsTheCppInterfaceDoes) {
  const CModel c;
  const CSession session(c.model);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  std::string text, expected_text;
  const std::vector<Token> tokens = reply(session.session, 12, &text);

  const TestModel model(c.blob);
  const GuardedMemory arena(checked(Generator::arena_bytes(*model, {})));
  Generator& cpp = *checked(Generator::create(*model, {}, arena.bytes()));
  checked(cpp.prompt(Text("a b", 3)));
  std::vector<Token> expected;
  while (expected.size() < 12) {
    const ReplyPart part = checked(cpp.next());
    if (part.end != EndReason::None) break;
    expected.push_back(part.token);
    expected_text.append(part.text.data(), part.text.size());
  }
  EXPECT_EQ(tokens, expected);
  EXPECT_EQ(text, expected_text);
  EXPECT_FALSE(tokens.empty());
}

TEST(CApi, RepliesTheSameThroughACallbackAndInSteps) {
  const CModel c;
  const CSession plain(c.model);
  ASSERT_EQ(prompt(plain.session, "a b"), NIBBLE_OK);
  const std::vector<Token> expected = reply(plain.session, 12);

  nibble_source source{};
  source.struct_bytes = sizeof(source);
  source.bytes = c.blob.size();
  source.read = read_blob;
  source.context = const_cast<offline::BlobBytes*>(&c.blob);
  size_t arena_bytes = 0, scratch_bytes = 0;
  ASSERT_EQ(nibble_model_needs(&source, &arena_bytes, &scratch_bytes), NIBBLE_OK);
  const GuardedMemory arena(arena_bytes), scratch(scratch_bytes);
  const nibble_model* model = nullptr;
  ASSERT_EQ(nibble_model_load(&source, arena.bytes().data(), arena_bytes, scratch.bytes().data(),
                              scratch_bytes, nullptr, &model),
            NIBBLE_OK);
  const CSession session(model);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  nibble_status status = NIBBLE_MORE;
  while (status == NIBBLE_MORE) status = nibble_step(session.session, 7);
  EXPECT_EQ(status, NIBBLE_OK);
  EXPECT_EQ(reply(session.session, 12), expected);
}

TEST(CApi, LoadsOnTheThreadsItIsGiven) {
  const offline::BlobBytes blob = llama_blob();
  ThreadPool pool(3);
  const ParallelFor parallel = pool.parallel_for();
  nibble_source source = source_of(blob);
  size_t one_worker = 0, arena_bytes = 0, scratch_bytes = 0;
  ASSERT_EQ(nibble_model_needs(&source, &arena_bytes, &one_worker), NIBBLE_OK);
  source.workers = 3;
  source.parallel = parallel.run;
  source.parallel_context = parallel.context;
  ASSERT_EQ(nibble_model_needs(&source, &arena_bytes, &scratch_bytes), NIBBLE_OK);
  EXPECT_GE(scratch_bytes, one_worker);
  const GuardedMemory arena(arena_bytes), scratch(scratch_bytes);
  const nibble_model* model = nullptr;
  ASSERT_EQ(nibble_model_load(&source, arena.bytes().data(), arena_bytes, scratch.bytes().data(),
                              scratch_bytes, nullptr, &model),
            NIBBLE_OK);
  EXPECT_TRUE(arena.canaries_whole() && scratch.canaries_whole());
  source.workers = 1000;
  EXPECT_EQ(nibble_model_needs(&source, &arena_bytes, &scratch_bytes), NIBBLE_BAD_ARGUMENT);
}

TEST(CApi, SaysWhereAReadFailed) {
  nibble_source source{};
  source.struct_bytes = sizeof(source);
  source.bytes = 1000;
  source.read = refuse_to_read;
  size_t arena_bytes = 0, scratch_bytes = 0;
  EXPECT_EQ(nibble_model_needs(&source, &arena_bytes, &scratch_bytes), NIBBLE_READ_FAILED);
}

TEST(CApi, SaysWhichChunkIsDamaged) {
  offline::BlobBytes blob = llama_blob();
  blob.back() ^= 1;
  const nibble_source source = source_of(blob);
  const GuardedMemory arena(1 << 20), scratch(2 << 20);
  const nibble_model* model = nullptr;
  uint64_t where = 0;
  const nibble_status status = nibble_model_load(&source, arena.bytes().data(), 1 << 20,
                                                 scratch.bytes().data(), 2 << 20, &where, &model);
  EXPECT_STREQ(nibble_status_name(status), "ChunkStoredHash");
  EXPECT_EQ(where, 1u);
  EXPECT_EQ(model, nullptr);
}

TEST(CApi, RewindsAndCancels) {
  const CModel c;
  const CSession session(c.model);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  const std::vector<Token> first = reply(session.session, 8);
  EXPECT_EQ(nibble_rewind(session.session, 1000), NIBBLE_BAD_ARGUMENT);
  ASSERT_EQ(nibble_rewind(session.session, 0), NIBBLE_OK);
  EXPECT_EQ(nibble_step(session.session, 1), NIBBLE_NOTHING_TO_DO);
  ASSERT_EQ(prompt(session.session, "something else"), NIBBLE_OK);
  EXPECT_EQ(nibble_step(session.session, 1), NIBBLE_MORE);
  EXPECT_EQ(prompt(session.session, "a"), NIBBLE_BUSY);
  ASSERT_EQ(nibble_cancel(session.session), NIBBLE_OK);
  uint32_t position = 1;
  ASSERT_EQ(nibble_position(session.session, &position), NIBBLE_OK);
  EXPECT_EQ(position, 0u);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  EXPECT_EQ(reply(session.session, 8), first);
  ASSERT_EQ(nibble_reset(session.session), NIBBLE_OK);
  ASSERT_EQ(nibble_position(session.session, &position), NIBBLE_OK);
  EXPECT_EQ(position, 0u);
}

TEST(CApi, SampledRepliesFollowTheSeed) {
  const CModel c;
  const auto sampled = [&c](uint64_t seed) {
    const nibble_options options = options_of(seed, 1000);
    const CSession session(c.model, &options);
    EXPECT_EQ(prompt(session.session, "a"), NIBBLE_OK);
    return reply(session.session, 12);
  };
  EXPECT_EQ(sampled(1), sampled(1));
  EXPECT_NE(sampled(1), sampled(2));
}

TEST(CApi, StopsWhereTheContextEnds) {
  const CModel c;
  nibble_options options = options_of(3, 1000);
  options.context_tokens = 8;
  const CSession session(c.model, &options);
  const nibble_token tokens[] = {1, 5, 9, 13, 17, 21, 25, 29};
  uint64_t where = 9;
  ASSERT_EQ(nibble_append(session.session, tokens, 7, &where), NIBBLE_OK);
  EXPECT_EQ(where, 0u);
  EXPECT_EQ(nibble_append(session.session, tokens, 2, &where), NIBBLE_CONTEXT_FULL);
  EXPECT_EQ(where, 1u);
  ASSERT_EQ(nibble_append(session.session, tokens + 7, 1, nullptr), NIBBLE_OK);
  nibble_reply_part part = empty_part();
  EXPECT_EQ(nibble_next(session.session, &part), NIBBLE_END);
  EXPECT_EQ(part.end, NIBBLE_ENDED_BY_CONTEXT);
  EXPECT_EQ(nibble_append(session.session, tokens, 1, &where), NIBBLE_CONTEXT_FULL);
  EXPECT_EQ(where, 0u);
}

TEST(CApi, StopsAtItsLimitAndAtStopTexts) {
  const CModel c;
  nibble_options options = options_of();
  options.max_tokens = 3;
  const CSession plain(c.model, &options);
  ASSERT_EQ(prompt(plain.session, "a b"), NIBBLE_OK);
  std::string text;
  nibble_reply_part part = empty_part();
  nibble_status status = NIBBLE_OK;
  for (int count = 0; count < 3; ++count) {
    EXPECT_EQ(status, NIBBLE_OK);
    status = nibble_next(plain.session, &part);
    text.append(part.text, part.text_bytes);
  }
  EXPECT_EQ(status, NIBBLE_END);
  EXPECT_EQ(part.end, NIBBLE_ENDED_BY_LIMIT);
  EXPECT_EQ(nibble_next(plain.session, &part), NIBBLE_NOTHING_TO_DO);

  const nibble_text stop{text.data(), text.size()};
  options.max_tokens = 0;
  options.stop_texts = &stop;
  options.stop_text_count = 1;
  const CSession stopped(c.model, &options);
  ASSERT_EQ(prompt(stopped.session, "a b"), NIBBLE_OK);
  do {
    status = nibble_next(stopped.session, &part);
    EXPECT_EQ(part.text_bytes, 0u);
  } while (status == NIBBLE_OK);
  EXPECT_EQ(status, NIBBLE_END);
  EXPECT_EQ(part.end, NIBBLE_ENDED_BY_STOP_TEXT);
  options.stop_text_count = NIBBLE_MAX_STOP_TEXTS + 1;
  size_t bytes = 0;
  EXPECT_EQ(nibble_session_bytes(c.model, &options, &bytes), NIBBLE_BAD_ARGUMENT);
  options.stop_text_count = 1;
  options.stop_texts = nullptr;
  EXPECT_EQ(nibble_session_bytes(c.model, &options, &bytes), NIBBLE_BAD_ARGUMENT);
}

TEST(CApi, TakesPromptsAsLongAsItWasToldTo) {
  const CModel c;
  nibble_options options = options_of();
  const std::string text(60, 'b');
  const CSession small(c.model, &options);
  uint64_t where = 0;
  EXPECT_EQ(nibble_prompt(small.session, text.data(), text.size(), &where), NIBBLE_TEXT_TOO_LONG);
  EXPECT_EQ(where, 60u);
  options.prompt_bytes = 60;
  const CSession session(c.model, &options);
  EXPECT_EQ(nibble_prompt(session.session, text.data(), text.size(), &where), NIBBLE_OK);
  EXPECT_EQ(where, 0u);
}

TEST(CApi, HandsOutWhatItHeldBack) {
  const CModel c;
  const CSession plain(c.model);
  ASSERT_EQ(prompt(plain.session, "a b"), NIBBLE_OK);
  std::string text;
  reply(plain.session, 4, &text);
  const std::string stop_text = text + "!";
  const nibble_text stop{stop_text.data(), stop_text.size()};
  nibble_options options = options_of();
  options.stop_texts = &stop;
  options.stop_text_count = 1;
  const CSession session(c.model, &options);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  std::string shown;
  reply(session.session, 4, &shown);
  EXPECT_EQ(shown, "");
  const char* held = nullptr;
  size_t bytes = 0;
  ASSERT_EQ(nibble_flush(session.session, &held, &bytes), NIBBLE_OK);
  EXPECT_EQ(std::string(held, bytes).substr(0, text.size()), text);
}

TEST(CApi, PlaysTheSelfTest) {
  const CModel c;  // its record is not that of a run
  const CSession session(c.model);
  uint64_t where = 99;
  EXPECT_EQ(nibble_self_test(session.session, &where), NIBBLE_SELF_TEST_MISMATCH);
  EXPECT_LE(where, 2u);
  EXPECT_EQ(nibble_self_test(session.session, nullptr), NIBBLE_SELF_TEST_MISMATCH);
}

TEST(CApi, DigestsTheLogitsThatTokensAreDrawnFrom) {
  const CModel c;
  const CSession session(c.model);
  nibble_digest digest;
  ASSERT_EQ(nibble_digest_begin(&digest), NIBBLE_OK);
  EXPECT_EQ(nibble_digest_add(&digest, session.session), NIBBLE_NOTHING_TO_DO);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  uint8_t sha256[NIBBLE_DIGEST_BYTES], expected[LogitsDigest::kBytes];
  for (int i = 0; i < 3; ++i) {
    nibble_reply_part part = empty_part();
    ASSERT_EQ(nibble_next(session.session, &part), NIBBLE_OK);
    ASSERT_EQ(nibble_digest_add(&digest, session.session), NIBBLE_OK);
  }
  ASSERT_EQ(nibble_digest_finish(&digest, sha256), NIBBLE_OK);

  const TestModel model(c.blob);
  const GuardedMemory arena(checked(Generator::arena_bytes(*model, {})));
  Generator& cpp = *checked(Generator::create(*model, {}, arena.bytes()));
  checked(cpp.prompt(Text("a b", 3)));
  LogitsDigest cpp_digest;
  for (int i = 0; i < 3; ++i) {
    checked(cpp.next());
    cpp_digest.add(checked(cpp.session().logits()));
  }
  cpp_digest.finish(expected);
  EXPECT_EQ(std::memcmp(sha256, expected, sizeof(expected)), 0);
}

TEST(CApi, SaysHowLikelyATokenIs) {
  const CModel c;
  const CSession session(c.model);
  int64_t likelihood = 0;
  EXPECT_EQ(nibble_log_likelihood(session.session, 1, &likelihood), NIBBLE_NOTHING_TO_DO);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  nibble_shape shape{};
  shape.struct_bytes = sizeof(shape);
  ASSERT_EQ(nibble_model_shape(c.model, &shape), NIBBLE_OK);
  const uint32_t vocabulary = shape.vocabulary;
  EXPECT_EQ(nibble_log_likelihood(session.session, vocabulary, &likelihood),
            NIBBLE_TOKEN_OUT_OF_RANGE);
  double sum = 0, most = 0;
  nibble_token likeliest = 0;
  for (nibble_token token = 0; token < vocabulary; ++token) {
    ASSERT_EQ(nibble_log_likelihood(session.session, token, &likelihood), NIBBLE_OK);
    EXPECT_LE(likelihood, 0);
    const double probability = std::exp(static_cast<double>(likelihood) * 1e-6);
    sum += probability;
    if (probability > most) likeliest = token;
    most = std::max(most, probability);
  }
  EXPECT_NEAR(sum, 1, 1e-4);
  nibble_reply_part part = empty_part();
  ASSERT_EQ(nibble_next(session.session, &part), NIBBLE_OK);
  EXPECT_EQ(part.token, likeliest);
}

TEST(CApi, RemembersTheTokensItComputed) {
  const CModel c;
  const CSession session(c.model);
  const nibble_token tokens[] = {5, 6, 7};
  ASSERT_EQ(nibble_append(session.session, tokens, 3, nullptr), NIBBLE_OK);
  ASSERT_EQ(nibble_step(session.session, ~uint64_t{0}), NIBBLE_OK);
  const nibble_token* history = nullptr;
  size_t count = 0;
  ASSERT_EQ(nibble_history(session.session, &history, &count), NIBBLE_OK);
  ASSERT_EQ(count, 3u);
  EXPECT_EQ(std::memcmp(history, tokens, sizeof(tokens)), 0);
}

TEST(CApi, SaysHowLongABlobIs) {
  const CModel c;
  uint64_t bytes = 0;
  ASSERT_EQ(nibble_blob_bytes(c.blob.data(), NIBBLE_BLOB_HEADER_BYTES, &bytes), NIBBLE_OK);
  EXPECT_EQ(bytes, c.blob.size());
  EXPECT_EQ(nibble_blob_bytes(c.blob.data(), NIBBLE_BLOB_HEADER_BYTES - 1, &bytes),
            NIBBLE_BLOB_ERRORS_FIRST);
  alignas(8) uint8_t first[NIBBLE_BLOB_HEADER_BYTES];
  std::memcpy(first, c.blob.data(), sizeof(first));
  first[offsetof(format::Header, total_bytes)] ^= 1;
  EXPECT_LT(nibble_blob_bytes(first, sizeof(first), &bytes), NIBBLE_BLOB_ERRORS_FIRST);
}

TEST(CApi, StartsItsRandomGeneratorAnewAfterTheSelfTest) {
  const CModel c;
  const nibble_options options = options_of(7, 1000);
  const CSession session(c.model, &options);
  ASSERT_EQ(prompt(session.session, "a"), NIBBLE_OK);
  const std::vector<Token> first = reply(session.session, 12);
  ASSERT_EQ(nibble_rewind(session.session, 0), NIBBLE_OK);
  EXPECT_EQ(nibble_self_test(session.session, nullptr), NIBBLE_SELF_TEST_MISMATCH);
  ASSERT_EQ(prompt(session.session, "a"), NIBBLE_OK);
  EXPECT_EQ(reply(session.session, 12), first);
}

TEST(CApi, SaysWhenAReplyEnds) {
  const CModel c;
  const nibble_options options = options_of(1, 100000);  // as good as a die
  const CSession session(c.model, &options);
  nibble_reply_part part = empty_part();
  for (int round = 0; round < 100 && part.end != NIBBLE_ENDED_BY_TOKEN; ++round) {
    ASSERT_EQ(nibble_rewind(session.session, 0), NIBBLE_OK);
    ASSERT_EQ(prompt(session.session, "a"), NIBBLE_OK);
    nibble_status status = NIBBLE_OK;
    do {
      status = nibble_next(session.session, &part);
      EXPECT_EQ(status == NIBBLE_END, part.end != 0);
      EXPECT_EQ(part.end == NIBBLE_ENDED_BY_TOKEN, part.token == 2);
    } while (status == NIBBLE_OK);
    EXPECT_EQ(status, NIBBLE_END);
  }
  EXPECT_EQ(part.end, NIBBLE_ENDED_BY_TOKEN);
  EXPECT_EQ(part.token, 2u);
}

std::string emitted;
void emit(const char* text, size_t bytes) {
  emitted.append(text, bytes);
}

TEST(CApi, IsUsableFromC99) {
  const CModel c;
  nibble_options options = options_of();
  options.context_tokens = 20;
  const CSession session(c.model, &options);
  ASSERT_EQ(prompt(session.session, "a b"), NIBBLE_OK);
  emitted.clear();
  uint32_t end = 0;
  EXPECT_EQ(nibble_header_test_reply(session.session, &end, emit), NIBBLE_OK);
  EXPECT_TRUE(end == NIBBLE_ENDED_BY_TOKEN || end == NIBBLE_ENDED_BY_CONTEXT) << end;
  EXPECT_FALSE(emitted.empty());
}

TEST(CApi, EncodesAndSaysHowManyTokensThereAre) {
  const CModel c;
  size_t bytes = 0, count = 0;
  ASSERT_EQ(nibble_encode_workspace_bytes(c.model, 3, &bytes), NIBBLE_OK);
  const GuardedMemory workspace(bytes);
  nibble_token tokens[8] = {};
  uint64_t where = 9;
  const auto encode = [&](size_t capacity) {
    return nibble_encode(c.model, "a b", 3, NIBBLE_ENCODE_PROMPT, workspace.bytes().data(), bytes,
                         tokens, capacity, &where, &count);
  };
  EXPECT_EQ(encode(2), NIBBLE_BUFFER_TOO_SMALL);
  EXPECT_EQ(where, 4u);
  EXPECT_EQ(encode(4), NIBBLE_OK);
  EXPECT_EQ(count, 4u);
  EXPECT_EQ(tokens[0], 1u);
  const char* text = nullptr;
  ASSERT_EQ(nibble_piece(c.model, tokens[3], &text, &bytes), NIBBLE_OK);
  EXPECT_EQ(std::string(text, bytes), "b");
}

TEST(CApi, NamesEveryStatus) {
  EXPECT_STREQ(nibble_status_name(NIBBLE_END), "End");
  EXPECT_STREQ(nibble_status_name(NIBBLE_MORE), "More");
  EXPECT_STREQ(nibble_status_name(NIBBLE_BUSY), "Busy");
  for (nibble_status status = -120; status < 20; ++status) {
    EXPECT_NE(nibble_status_name(status), nullptr);
    EXPECT_NE(nibble_status_text(status), nullptr);
    EXPECT_NE(nibble_status_where(status), nullptr);
  }
  EXPECT_STREQ(nibble_status_where(NIBBLE_ARENA_TOO_SMALL), "bytes needed");
  EXPECT_STREQ(nibble_status_where(NIBBLE_MORE), "");
  EXPECT_EQ(nibble_abi_version(), uint32_t{NIBBLE_ABI_VERSION});
}

TEST(CApi, NamesItsKernelsAndRefusesUnknownOnes) {
  const CModel c;
  nibble_options options = options_of();
  options.kernels = "scalar";
  const CSession session(c.model, &options);
  const char* name = nullptr;
  ASSERT_EQ(nibble_kernels_name(session.session, &name), NIBBLE_OK);
  EXPECT_STREQ(name, "scalar");
  uint64_t tiles = 0;
  ASSERT_EQ(nibble_tiles_per_pass(session.session, 1, &tiles), NIBBLE_OK);
  EXPECT_GT(tiles, 0u);
  options.kernels = "abacus";
  size_t bytes = 0;
  EXPECT_EQ(nibble_session_bytes(c.model, &options, &bytes), NIBBLE_UNSUPPORTED_CPU);
}

TEST(CApi, RefusesNullEverywhere) {
  const CModel c;
  const CSession owner(c.model);
  nibble_session* const session = owner.session;
  nibble_source source = source_of(c.blob);
  nibble_source no_source = source;
  no_source.memory = nullptr;
  nibble_source no_size = source;
  no_size.struct_bytes = 0;
  size_t size = 0;
  uint32_t position = 0;
  uint64_t tiles = 0;
  nibble_token token = 0;
  nibble_reply_part part = empty_part();
  nibble_reply_part no_part{};
  const char* text = nullptr;
  nibble_session* made = nullptr;
  const nibble_model* loaded = nullptr;
  char out[8];
  const nibble_token* history = nullptr;
  nibble_digest digest{};
  int64_t likelihood = 0;
  uint8_t sha256[NIBBLE_DIGEST_BYTES];
  const nibble_status refused[] = {
      nibble_blob_bytes(nullptr, NIBBLE_BLOB_HEADER_BYTES, &tiles),
      nibble_blob_bytes(c.blob.data(), NIBBLE_BLOB_HEADER_BYTES, nullptr),
      nibble_digest_begin(nullptr),
      nibble_digest_add(nullptr, session),
      nibble_digest_add(&digest, nullptr),
      nibble_digest_finish(nullptr, sha256),
      nibble_digest_finish(&digest, nullptr),
      nibble_model_needs(nullptr, &size, &size),
      nibble_model_needs(&source, nullptr, &size),
      nibble_model_needs(&source, &size, nullptr),
      nibble_model_needs(&no_source, &size, &size),
      nibble_model_needs(&no_size, &size, &size),
      nibble_model_load(nullptr, nullptr, 0, nullptr, 0, nullptr, &loaded),
      nibble_model_load(&source, nullptr, 64, nullptr, 0, nullptr, &loaded),
      nibble_model_load(&source, nullptr, 0, nullptr, 64, nullptr, &loaded),
      nibble_model_load(&source, nullptr, 0, nullptr, 0, nullptr, nullptr),
      nibble_model_shape(nullptr, nullptr),
      nibble_model_shape(c.model, nullptr),
      nibble_model_string(nullptr, 0, &text, &size),
      nibble_model_string(c.model, 0, nullptr, &size),
      nibble_model_string(c.model, 0, &text, nullptr),
      nibble_model_identity(nullptr, nullptr),
      nibble_model_identity(c.model, nullptr),
      nibble_encode_workspace_bytes(c.model, 1, nullptr),
      nibble_encode_workspace_bytes(nullptr, 1, &size),
      nibble_encode(nullptr, "a", 1, 0, nullptr, 0, &token, 1, nullptr, &size),
      nibble_encode(c.model, nullptr, 1, 0, nullptr, 0, &token, 1, nullptr, &size),
      nibble_encode(c.model, "a", 1, 3, nullptr, 0, &token, 1, nullptr, &size),
      nibble_encode(c.model, "a", 1, 0, nullptr, 8, &token, 1, nullptr, &size),
      nibble_encode(c.model, "a", 1, 0, nullptr, 0, nullptr, 1, nullptr, &size),
      nibble_encode(c.model, "a", 1, 0, nullptr, 0, &token, 1, nullptr, nullptr),
      nibble_piece(nullptr, 0, &text, &size),
      nibble_piece(c.model, 0, nullptr, &size),
      nibble_piece(c.model, 0, &text, nullptr),
      nibble_session_bytes(nullptr, nullptr, &size),
      nibble_session_bytes(c.model, nullptr, nullptr),
      nibble_session_create(nullptr, nullptr, out, 8, nullptr, &made),
      nibble_session_create(c.model, nullptr, nullptr, 8, nullptr, &made),
      nibble_session_create(c.model, nullptr, out, 8, nullptr, nullptr),
      nibble_prompt(nullptr, "a", 1, nullptr),
      nibble_prompt(session, nullptr, 1, nullptr),
      nibble_append(nullptr, &token, 1, nullptr),
      nibble_append(session, nullptr, 1, nullptr),
      nibble_append(session, &token, 0, nullptr),
      nibble_step(nullptr, 1),
      nibble_next(nullptr, &part),
      nibble_next(session, nullptr),
      nibble_next(session, &no_part),
      nibble_history(nullptr, &history, &size),
      nibble_history(session, nullptr, &size),
      nibble_history(session, &history, nullptr),
      nibble_log_likelihood(nullptr, 0, &likelihood),
      nibble_log_likelihood(session, 0, nullptr),
      nibble_flush(nullptr, &text, &size),
      nibble_flush(session, nullptr, &size),
      nibble_flush(session, &text, nullptr),
      nibble_cancel(nullptr),
      nibble_reset(nullptr),
      nibble_rewind(nullptr, 0),
      nibble_position(nullptr, &position),
      nibble_position(session, nullptr),
      nibble_tiles_per_pass(nullptr, 1, &tiles),
      nibble_tiles_per_pass(session, 1, nullptr),
      nibble_kernels_name(nullptr, &text),
      nibble_kernels_name(session, nullptr),
      nibble_self_test(nullptr, nullptr)};
  for (size_t i = 0; i < std::size(refused); ++i) EXPECT_EQ(refused[i], NIBBLE_BAD_ARGUMENT) << i;
  EXPECT_EQ(nibble_next(session, &part), NIBBLE_NOTHING_TO_DO);
}

}  // namespace
}  // namespace nibble::test
