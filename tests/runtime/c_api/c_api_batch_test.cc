// Tests of the C interface's batches: replies as of sessions alone, and checked arguments.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/nibble.h>

#include "tests/support/test_model.h"
#include "tests/support/tiny_llama_model.h"

namespace nibble::test {
namespace {

constexpr uint32_t kSessions = 4;

const nibble_model* model() {
  return reinterpret_cast<const nibble_model*>(&tiny_llama_model());
}

nibble_options options_of(uint64_t seed) {
  nibble_options options{};
  options.struct_bytes = sizeof(options);
  options.temperature_milli = 800;
  options.seed = seed;
  options.max_tokens = 5 + seed;
  return options;
}

struct CBatch {
  GuardedMemory arena{0};
  nibble_batch* batch = nullptr;

  explicit CBatch(uint32_t sessions, const nibble_options* options = nullptr) {
    size_t bytes = 0;
    EXPECT_EQ(nibble_batch_bytes(model(), options, sessions, &bytes), NIBBLE_OK);
    arena = GuardedMemory(bytes);
    uint64_t where = 0;
    EXPECT_EQ(nibble_batch_create(model(), options, sessions, arena.bytes().data(), bytes - 1,
                                  &where, &batch),
              NIBBLE_ARENA_TOO_SMALL);
    EXPECT_EQ(where, bytes);
    EXPECT_EQ(nibble_batch_create(model(), options, sessions, arena.bytes().data(), bytes, &where,
                                  &batch),
              NIBBLE_OK);
  }
  ~CBatch() { EXPECT_TRUE(arena.canaries_whole()); }
  nibble_session* session(uint32_t index) const {
    nibble_session* found = nullptr;
    EXPECT_EQ(nibble_batch_session(batch, index, &found), NIBBLE_OK);
    return found;
  }
};

void ask(nibble_session* session, uint32_t which) {
  const nibble_options options = options_of(which);
  const std::string prompt = std::string("prompt ") + std::string(which * 6 + 1, 'x');
  EXPECT_EQ(nibble_configure(session, &options), NIBBLE_OK);
  EXPECT_EQ(nibble_prompt(session, prompt.data(), prompt.size(), nullptr), NIBBLE_OK);
}

/// Adds a token. @returns what nibble_next() says
nibble_status next(nibble_session* session, std::vector<Token>& tokens) {
  nibble_reply_part part{};
  part.struct_bytes = sizeof(part);
  const nibble_status status = nibble_next(session, &part);
  if (status >= 0) tokens.push_back(part.token);
  return status;
}

std::vector<Token> reply_alone(uint32_t which) {
  const CBatch one(1);
  ask(one.session(0), which);
  std::vector<Token> tokens;
  while (next(one.session(0), tokens) == NIBBLE_OK) {
  }
  return tokens;
}

TEST(CBatches, ReplyAsEachSessionAlone) {
  const CBatch c(kSessions);
  for (uint32_t i = 0; i < kSessions; ++i) ask(c.session(i), i);
  std::vector<Token> tokens[kSessions];
  while (nibble_batch_step(c.batch, 50) >= 0)
    for (uint32_t i = 0; i < kSessions; ++i) {
      uint32_t is_ready = 0;
      ASSERT_EQ(nibble_ready(c.session(i), &is_ready), NIBBLE_OK);
      if (is_ready != 0) {
        EXPECT_GE(next(c.session(i), tokens[i]), 0);
      }
    }
  EXPECT_EQ(nibble_batch_step(c.batch, 50), NIBBLE_NOTHING_TO_DO);
  for (uint32_t i = 0; i < kSessions; ++i) EXPECT_EQ(tokens[i], reply_alone(i)) << i;
}

TEST(CBatches, HaveARowForEverySession) {
  nibble_options options{};
  options.struct_bytes = sizeof(options);
  size_t bytes = 0;
  EXPECT_EQ(nibble_batch_bytes(model(), &options, 33, &bytes), NIBBLE_OK);
  options.batch_tokens = 32;
  EXPECT_EQ(nibble_batch_bytes(model(), &options, 33, &bytes), NIBBLE_BAD_ARGUMENT);
  EXPECT_EQ(nibble_batch_bytes(model(), &options, 32, &bytes), NIBBLE_OK);
  EXPECT_EQ(nibble_batch_bytes(model(), nullptr, 0, &bytes), NIBBLE_BAD_ARGUMENT);
  EXPECT_EQ(nibble_batch_bytes(model(), nullptr, ~0u, &bytes), NIBBLE_BAD_ARGUMENT);
}

TEST(CBatches, RefuseNullAndWhatIsOutOfRange) {
  const CBatch c(2);
  size_t bytes = 0;
  uint32_t is_ready = 0;
  nibble_batch* made = nullptr;
  nibble_session* session = nullptr;
  nibble_options hot = options_of(1), headless{};
  hot.temperature_milli = 100'001;
  char out[8];
  const nibble_status refused[] = {
      nibble_batch_bytes(nullptr, nullptr, 1, &bytes),
      nibble_batch_bytes(model(), nullptr, 1, nullptr),
      nibble_batch_bytes(model(), &headless, 1, &bytes),
      nibble_batch_create(nullptr, nullptr, 1, out, 8, nullptr, &made),
      nibble_batch_create(model(), nullptr, 1, nullptr, 8, nullptr, &made),
      nibble_batch_create(model(), nullptr, 1, out, 8, nullptr, nullptr),
      nibble_batch_session(nullptr, 0, &session),
      nibble_batch_session(c.batch, 0, nullptr),
      nibble_batch_session(c.batch, 2, &session),
      nibble_batch_step(nullptr, 1),
      nibble_batch_step(c.batch, 0),
      nibble_ready(nullptr, &is_ready),
      nibble_ready(c.session(0), nullptr),
      nibble_configure(nullptr, nullptr),
      nibble_configure(c.session(0), &hot),
      nibble_configure(c.session(0), &headless),
  };
  for (const nibble_status status : refused) EXPECT_EQ(status, NIBBLE_BAD_ARGUMENT);
  EXPECT_EQ(session, nullptr);
  EXPECT_EQ(nibble_configure(c.session(0), nullptr), NIBBLE_OK);
}

}  // namespace
}  // namespace nibble::test
