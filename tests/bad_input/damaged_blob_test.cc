// A good blob that is then cut short, or whose bits are flipped, is never accepted.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "tests/support/command.h"
#include "tests/support/models.h"
#include "tests/support/test_model.h"

namespace nibble::test {
namespace {

Error load(MutableBytes blob) {
  const BlobSource source = BlobSource::from_memory(blob);
  const Result<LoadNeeds> needs = Model::needs(source, Residency::Release);
  if (!needs.ok()) return needs.error();
  // A damaged count may ask for any amount of memory; what a caller has is bounded.
  constexpr size_t kMostBytes = size_t{64} << 20;
  const GuardedMemory arena(std::min(needs.value().arena_bytes, kMostBytes));
  const GuardedMemory scratch(std::min(needs.value().scratch_bytes, kMostBytes));
  const auto model = Model::load(source, Residency::Release, arena.bytes(), scratch.bytes());
  EXPECT_TRUE(arena.canaries_whole());
  EXPECT_TRUE(scratch.canaries_whole());
  return model.error();
}

void flip(MutableBytes blob, uint64_t bit) {
  blob[bit / 8] = static_cast<uint8_t>(blob[bit / 8] ^ 1u << bit % 8);
}

class DamagedBlob : public testing::TestWithParam<const char*> {
 protected:
  GuardedMemory blob_ = read_blob(blob_path(GetParam()));
};

TEST_P(DamagedBlob, WholeItLoads) {
  EXPECT_EQ(load(blob_.bytes()), Error::None);
}

TEST_P(DamagedBlob, B03CutAnywhereItIsTruncated) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 1000; ++i) {
    const size_t bytes = random() % blob_.bytes().size();
    const GuardedMemory cut(bytes);
    std::copy_n(blob_.bytes().data(), bytes, cut.bytes().data());
    ASSERT_EQ(load(cut.bytes()), Error::Truncated) << bytes;
  }
}

TEST_P(DamagedBlob, B11WithAByteBehindItIsRefused) {
  const GuardedMemory longer(blob_.bytes().size() + 1);
  std::copy_n(blob_.bytes().data(), blob_.bytes().size(), longer.bytes().data());
  EXPECT_EQ(load(longer.bytes()), Error::BadLength);
}

TEST_P(DamagedBlob, C03WithRandomBitsTurnedOverItIsRefused) {
  std::mt19937_64 random(11);
  const uint64_t bits = uint64_t{blob_.bytes().size()} * 8;
  for (int i = 0; i < 300; ++i) {
    std::vector<uint64_t> flipped(1 + random() % 8);
    for (uint64_t& bit : flipped) bit = random() % bits;
    std::ranges::sort(flipped);
    flipped.erase(std::unique(flipped.begin(), flipped.end()), flipped.end());
    for (const uint64_t bit : flipped) flip(blob_.bytes(), bit);
    ASSERT_NE(load(blob_.bytes()), Error::None) << "case " << i << ", bit " << flipped[0];
    for (const uint64_t bit : flipped) flip(blob_.bytes(), bit);
  }
  EXPECT_EQ(load(blob_.bytes()), Error::None) << "the test did not put the bits back";
}

INSTANTIATE_TEST_SUITE_P(Blobs, DamagedBlob, testing::Values("kdoc-int4", "tiny-int4-raw"),
                         [](const auto& instance) {
                           return "Blob" + std::to_string(instance.index);
                         });

/// The answers of the commands to a file that is no blob.
class DamagedFile : public testing::TestWithParam<const char*> {
 protected:
  TemporaryFolder folder_;

  void expect_refused(const std::string& bytes, const std::string& because) {
    const std::string path = folder_ / "damaged.nbl";
    std::ofstream(path, std::ios::binary) << bytes;
    std::vector<std::string> command = {GetParam(), path};
    if (command[0] == "embed")
      command.insert(command.end(), {"--target", "riscv64", "-o", folder_ / "out.o"});
    if (command[0] == "run") command.insert(command.end(), {"--tokens", "1", "Hello"});
    const CommandResult result = run_nibble(command);
    EXPECT_EQ(result.status, 3) << result.err;
    EXPECT_NE(result.err.find("damaged.nbl"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(because), std::string::npos) << result.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.o"));
  }
  std::string good_ = read_file(blob_path("tiny-int4"));
};

TEST_P(DamagedFile, OfNoBytesIsRefused) {
  expect_refused("", "");
}
TEST_P(DamagedFile, OfAnotherKindIsRefused) {
  expect_refused(std::string(1000, 'x'), "BadMagic");
}
TEST_P(DamagedFile, CutInHalfIsRefused) {
  expect_refused(good_.substr(0, good_.size() / 2), "Truncated");
}
TEST_P(DamagedFile, WithAByteBehindIsRefused) {
  expect_refused(good_ + "x", "BadLength");
}
TEST_P(DamagedFile, WithABitOfTheManifestTurnedOverIsRefused) {
  good_[300] = static_cast<char>(good_[300] ^ 4);
  expect_refused(good_, "ManifestHash");
}
TEST_P(DamagedFile, WithABitOfThePayloadTurnedOverIsRefused) {
  good_.back() = static_cast<char>(good_.back() ^ 4);
  expect_refused(good_, "ChunkStoredHash");
}

INSTANTIATE_TEST_SUITE_P(Commands, DamagedFile,
                         testing::Values("verify", "inspect", "plan", "run", "embed"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace nibble::test
