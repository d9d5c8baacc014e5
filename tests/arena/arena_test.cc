// Memory is exactly what was announced: one byte less is refused, and nothing outside is touched.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/support/models.h"
#include "tests/support/test_model.h"

namespace nibble::test {
namespace {

/// Every size up to a page, then sizes ever further apart, and all of the last 128 below `bytes`.
std::vector<size_t> sizes_below(size_t bytes) {
  std::vector<size_t> sizes;
  for (size_t size = 0; size < bytes; size += size < 4096 ? 1 : 1 + size / 64)
    sizes.push_back(size);
  for (size_t size = bytes - std::min<size_t>(bytes, 128); size < bytes; ++size)
    sizes.push_back(size);
  return sizes;
}

struct LoadCase {
  const char* blob;
  Residency residency;
  Delivery delivery;
};

void PrintTo(const LoadCase& load, std::ostream* out) {
  *out << load.blob << (load.residency == Residency::Keep ? ", kept" : ", released")
       << (load.delivery == Delivery::Memory ? ", from memory" : ", through a callback");
}

class LoadArena : public testing::TestWithParam<LoadCase> {
 protected:
  GuardedMemory blob_ = read_blob(blob_path(GetParam().blob));
  CallbackBlob reader_{.blob = blob_.bytes()};
  BlobSource source_ = GetParam().delivery == Delivery::Memory
                           ? BlobSource::from_memory(blob_.bytes())
                           : reader_.source();
  LoadNeeds needs_ = checked(Model::needs(source_, GetParam().residency));

  Failure load(size_t arena_bytes, size_t scratch_bytes, size_t misalign_bytes = 0) {
    const GuardedMemory arena(arena_bytes, misalign_bytes), scratch(scratch_bytes);
    const auto result = Model::load(source_, GetParam().residency, arena.bytes(), scratch.bytes());
    EXPECT_TRUE(arena.canaries_whole()) << "arena of " << arena_bytes;
    EXPECT_TRUE(scratch.canaries_whole()) << "scratch of " << scratch_bytes;
    return result.failure();
  }
};

TEST_P(LoadArena, ExactSizesAreEnough) {
  EXPECT_EQ(load(needs_.arena_bytes, needs_.scratch_bytes).error, Error::None);
}

TEST_P(LoadArena, EverySmallerArenaIsRefusedAndTheNeedNamed) {
  for (const size_t size : sizes_below(needs_.arena_bytes)) {
    const Failure failure = load(size, needs_.scratch_bytes);
    ASSERT_EQ(failure.error, Error::ArenaTooSmall) << size;
    ASSERT_EQ(failure.where, needs_.arena_bytes) << size;
  }
}

TEST_P(LoadArena, EverySmallerScratchIsRefused) {
  for (const size_t size : sizes_below(needs_.scratch_bytes))
    ASSERT_EQ(load(needs_.arena_bytes, size).error, Error::ArenaTooSmall) << size;
}

TEST_P(LoadArena, MisalignedArenasAreRefused) {
  for (size_t misalign = 1; misalign < 64; ++misalign)
    ASSERT_EQ(load(needs_.arena_bytes, needs_.scratch_bytes, misalign).error,
              Error::ArenaMisaligned);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, LoadArena,
    testing::Values(LoadCase{"tiny-int4", Residency::Keep, Delivery::Memory},
                    LoadCase{"tiny-int4", Residency::Release, Delivery::Memory},
                    LoadCase{"tiny-int4", Residency::Release, Delivery::Callback},
                    LoadCase{"tiny-int4-raw", Residency::Keep, Delivery::Memory},
                    LoadCase{"tiny-int4-raw", Residency::Release, Delivery::Callback}));

class SessionArena : public testing::TestWithParam<SessionConfig> {
 protected:
  TestModel model_{blob_path("tiny-int4")};
  size_t bytes_ = checked(Session::arena_bytes(*model_, GetParam()));

  Error create(size_t bytes, size_t misalign_bytes = 0) {
    const GuardedMemory arena(bytes, misalign_bytes);
    const auto session = Session::create(*model_, GetParam(), arena.bytes());
    EXPECT_TRUE(arena.canaries_whole()) << bytes;
    return session.error();
  }
};

TEST_P(SessionArena, EverySmallerArenaIsRefused) {
  for (const size_t size : sizes_below(bytes_))
    ASSERT_EQ(create(size), Error::ArenaTooSmall) << size;
}

TEST_P(SessionArena, MisalignedArenasAreRefused) {
  for (size_t misalign = 1; misalign < 64; ++misalign)
    ASSERT_EQ(create(bytes_, misalign), Error::ArenaMisaligned);
}

TEST_P(SessionArena, LineItemsAddUpToTheArena) {
  EXPECT_EQ(checked(Session::memory(*model_, GetParam())).total(), bytes_);
}

TEST_P(SessionArena, ExactSizeRunsAFullContextInsideIt) {
  TestSession session(*model_, GetParam());
  const uint32_t context = session->context_tokens();
  for (Token token = 0; session->position() < context; token = (token + 7) % 97) {
    const uint32_t batch = std::min(GetParam().batch_tokens, context - session->position());
    ASSERT_TRUE(session->prefill({std::vector<Token>(batch, token).data(), batch}).ok());
  }
  EXPECT_EQ(session->append({std::vector<Token>(1, 0).data(), 1}).error(), Error::ContextFull);
  EXPECT_TRUE(session.canaries_whole());
  EXPECT_TRUE(model_.canaries_whole());
}

INSTANTIATE_TEST_SUITE_P(
    Configurations, SessionArena,
    testing::Values(
        SessionConfig{.context_tokens = 1, .batch_tokens = 1},
        SessionConfig{.context_tokens = 33, .batch_tokens = 5, .logit_rows = 3},
        SessionConfig{.context_tokens = 64, .batch_tokens = 16, .cache = CacheType::F16},
        SessionConfig{.context_tokens = 64, .batch_tokens = 7, .cache = CacheType::Int8},
        SessionConfig{.context_tokens = 64, .batch_tokens = 7, .cache = CacheType::Hybrid},
        SessionConfig{.context_tokens = 33, .batch_tokens = 7, .cache = CacheType::Int4}),
    [](const auto& instance) { return "Configuration" + std::to_string(instance.index); });

}  // namespace
}  // namespace nibble::test
