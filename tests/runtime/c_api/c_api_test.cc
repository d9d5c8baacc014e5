// Tests of the C interface: it says what the C++ interface says, and checks what it is given.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/nibble.h>
#include <nibble/self_test.h>

#include <cstring>

#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"

extern "C" nibble_status nibble_header_test_reply(nibble_session* session,
                                                  const nibble_model* model,
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
    EXPECT_EQ(nibble_session_create(model, options, arena.bytes().data(), bytes - 1, &none),
              NIBBLE_ARENA_TOO_SMALL);
    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(nibble_session_create(model, options, arena.bytes().data(), bytes, &session),
              NIBBLE_OK);
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
  size_t bytes = 0;
  EXPECT_EQ(nibble_prompt_workspace_bytes(text.size(), &bytes), NIBBLE_OK);
  const GuardedMemory workspace(bytes);
  const nibble_status status =
      nibble_prompt(session, text.data(), text.size(), workspace.bytes().data(), bytes);
  EXPECT_TRUE(workspace.canaries_whole());
  return status;
}

std::vector<Token> reply(nibble_session* session, uint32_t count) {
  std::vector<Token> tokens;
  nibble_token token = 0;
  while (tokens.size() < count && nibble_next(session, &token) == NIBBLE_OK)
    tokens.push_back(token);
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
  const std::vector<Token> tokens = reply(session.session, 12);

  const TestModel model(c.blob);
  TestSession cpp(*model);
  const GuardedMemory workspace(checked(Sampler::workspace_bytes(model->shape().vocabulary)));
  Sampler sampler = checked(Sampler::create(SamplerConfig{}, model->shape().vocabulary,
                                            cpp->kernels(), workspace.bytes()));
  std::vector<Token> list(16);
  const GuardedMemory encoding(checked(Tokenizer::workspace_bytes(3)));
  list.resize(checked(model->tokenizer().encode(Text("a b", 3), EncodeMode::Prompt,
                                                {list.data(), list.size()}, encoding.bytes())));
  std::vector<Token> expected;
  Span<const float> logits = checked(cpp->prefill(span_of(list)));
  while (expected.size() < 12) {
    const Token token = sampler.pick(logits, cpp->history());
    if (model->tokenizer().is_end(token)) break;
    expected.push_back(token);
    logits = checked(cpp->decode(token));
  }
  EXPECT_EQ(tokens, expected);
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
  ASSERT_EQ(nibble_append(session.session, tokens, 8), NIBBLE_OK);
  nibble_token token = 0;
  EXPECT_EQ(nibble_next(session.session, &token), NIBBLE_CONTEXT_FULL);
  EXPECT_EQ(nibble_append(session.session, tokens, 1), NIBBLE_CONTEXT_FULL);
}

TEST(CApi, PlaysTheSelfTest) {
  const CModel c;  // its record is not that of a run
  const CSession session(c.model);
  uint64_t where = 99;
  EXPECT_EQ(nibble_self_test(session.session, &where), NIBBLE_SELF_TEST_MISMATCH);
  EXPECT_LE(where, 2u);
  EXPECT_EQ(nibble_self_test(session.session, nullptr), NIBBLE_SELF_TEST_MISMATCH);
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
  nibble_status status = NIBBLE_OK;
  nibble_token token = 0;
  for (int round = 0; round < 100 && status != NIBBLE_END; ++round) {
    ASSERT_EQ(nibble_rewind(session.session, 0), NIBBLE_OK);
    ASSERT_EQ(prompt(session.session, "a"), NIBBLE_OK);
    do {
      status = nibble_next(session.session, &token);
      EXPECT_EQ(status == NIBBLE_END, token == 2 && status >= 0);
    } while (status == NIBBLE_OK);
  }
  EXPECT_EQ(status, NIBBLE_END);
  EXPECT_EQ(token, 2u);
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
  const nibble_status status = nibble_header_test_reply(session.session, c.model, emit);
  EXPECT_TRUE(status == NIBBLE_END || status == NIBBLE_CONTEXT_FULL) << status;
  EXPECT_FALSE(emitted.empty());
}

TEST(CApi, JoinsBytesIntoCharacters) {
  nibble_text_stream stream;
  ASSERT_EQ(nibble_text_begin(&stream), NIBBLE_OK);
  char text[32];
  size_t bytes = 9;
  ASSERT_EQ(nibble_text_push(&stream, "\xC3", 1, text, sizeof(text), &bytes), NIBBLE_OK);
  EXPECT_EQ(bytes, 0u);
  ASSERT_EQ(nibble_text_push(&stream, "\xA9", 1, text, sizeof(text), &bytes), NIBBLE_OK);
  EXPECT_EQ(std::string(text, bytes), "\xC3\xA9");
  ASSERT_EQ(nibble_text_push(&stream, "\xC3", 1, text, sizeof(text), &bytes), NIBBLE_OK);
  ASSERT_EQ(nibble_text_flush(&stream, text, sizeof(text), &bytes), NIBBLE_OK);
  EXPECT_EQ(std::string(text, bytes), "\xEF\xBF\xBD");
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
  nibble_text_stream stream;
  ASSERT_EQ(nibble_text_begin(&stream), NIBBLE_OK);
  nibble_source source = source_of(c.blob);
  nibble_source no_source = source;
  no_source.memory = nullptr;
  nibble_source no_size = source;
  no_size.struct_bytes = 0;
  size_t size = 0;
  uint32_t position = 0;
  uint64_t tiles = 0;
  nibble_token token = 0;
  const char* text = nullptr;
  nibble_session* made = nullptr;
  const nibble_model* loaded = nullptr;
  char out[8];
  const nibble_status refused[] = {
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
      nibble_encode_workspace_bytes(1, nullptr),
      nibble_encode(nullptr, "a", 1, 0, nullptr, 0, &token, 1, &size),
      nibble_encode(c.model, nullptr, 1, 0, nullptr, 0, &token, 1, &size),
      nibble_encode(c.model, "a", 1, 3, nullptr, 0, &token, 1, &size),
      nibble_encode(c.model, "a", 1, 0, nullptr, 8, &token, 1, &size),
      nibble_encode(c.model, "a", 1, 0, nullptr, 0, nullptr, 1, &size),
      nibble_encode(c.model, "a", 1, 0, nullptr, 0, &token, 1, nullptr),
      nibble_piece(nullptr, 0, &text, &size),
      nibble_piece(c.model, 0, nullptr, &size),
      nibble_piece(c.model, 0, &text, nullptr),
      nibble_text_begin(nullptr),
      nibble_text_push(nullptr, "a", 1, out, 8, &size),
      nibble_text_push(&stream, nullptr, 1, out, 8, &size),
      nibble_text_push(&stream, "a", 1, nullptr, 8, &size),
      nibble_text_push(&stream, "a", 1, out, 8, nullptr),
      nibble_text_flush(nullptr, out, 8, &size),
      nibble_text_flush(&stream, nullptr, 8, &size),
      nibble_text_flush(&stream, out, 8, nullptr),
      nibble_session_bytes(nullptr, nullptr, &size),
      nibble_session_bytes(c.model, nullptr, nullptr),
      nibble_session_create(nullptr, nullptr, out, 8, &made),
      nibble_session_create(c.model, nullptr, nullptr, 8, &made),
      nibble_session_create(c.model, nullptr, out, 8, nullptr),
      nibble_prompt_workspace_bytes(1, nullptr),
      nibble_prompt(nullptr, "a", 1, out, 8),
      nibble_prompt(session, nullptr, 1, out, 8),
      nibble_prompt(session, "a", 1, nullptr, 8),
      nibble_append(nullptr, &token, 1),
      nibble_append(session, nullptr, 1),
      nibble_append(session, &token, 0),
      nibble_step(nullptr, 1),
      nibble_next(nullptr, &token),
      nibble_next(session, nullptr),
      nibble_cancel(nullptr),
      nibble_rewind(nullptr, 0),
      nibble_position(nullptr, &position),
      nibble_position(session, nullptr),
      nibble_tiles_per_pass(nullptr, 1, &tiles),
      nibble_tiles_per_pass(session, 1, nullptr),
      nibble_kernels_name(nullptr, &text),
      nibble_kernels_name(session, nullptr),
      nibble_self_test(nullptr, nullptr)};
  for (size_t i = 0; i < std::size(refused); ++i) EXPECT_EQ(refused[i], NIBBLE_BAD_ARGUMENT) << i;
  EXPECT_EQ(nibble_next(session, &token), NIBBLE_NOTHING_TO_DO);
}

}  // namespace
}  // namespace nibble::test
