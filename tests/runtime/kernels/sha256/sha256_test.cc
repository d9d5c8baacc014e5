// SHA-256 by instruction: the published digests, and the portable function's on everything else.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>

#include <random>
#include <string>
#include <vector>

#include "runtime/kernels/sha256/select.h"

namespace nibble {
namespace {

std::string hex(const format::Sha256Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest.bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string digest_of(const format::Sha256Functions& functions, Bytes message) {
  format::Sha256 hash(functions);
  hash.update(message);
  return hex(hash.finish());
}

std::vector<uint8_t> random_bytes(size_t count) {
  std::mt19937 random(static_cast<uint32_t>(count));
  std::vector<uint8_t> bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

Bytes view(const std::vector<uint8_t>& bytes) {
  return {bytes.data(), bytes.size()};
}

/// Both sets of functions, where this CPU has the instructions.
class Sha256Instructions : public testing::Test {
 protected:
  void SetUp() override {
    if (accelerated_ == nullptr)
      GTEST_SKIP() << "this CPU, or this build, has no SHA-256 instructions";
  }
  const format::Sha256Functions* accelerated_ = accelerated_sha256(cpu_features());
};

TEST_F(Sha256Instructions, GiveThePublishedDigests) {
  const std::string abc = "abc", letters(1'000'000, 'a');
  const auto digest = [&](const std::string& text) {
    return digest_of(*accelerated_, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest(abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest(letters), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(Sha256Instructions, GiveThePortableDigestsAtEveryLength) {
  for (size_t length = 0; length < 700; ++length) {
    const std::vector<uint8_t> message = random_bytes(length);
    ASSERT_EQ(digest_of(*accelerated_, view(message)),
              digest_of(format::kPortableSha256, view(message)))
        << length << " bytes";
  }
}

TEST_F(Sha256Instructions, AreUsedByEveryProcessFromTheStart) {
  EXPECT_EQ(&format::selected_sha256(), accelerated_);
}

TEST(Sha256Choice, IsPortableWhereTheFeatureIsMissing) {
  EXPECT_EQ(accelerated_sha256(~uint64_t{kCpuSha256}), nullptr);
}

TEST(Sha256Pair, GivesEachMessageItsOwnDigest) {
  std::vector<const format::Sha256Functions*> all = {&format::kPortableSha256};
  if (const format::Sha256Functions* accelerated = accelerated_sha256(cpu_features()))
    all.push_back(accelerated);
  for (const format::Sha256Functions* functions : all) {
    for (size_t length = 0; length < 400; length += 7) {
      for (const size_t other_length : {size_t{0}, size_t{63}, size_t{64}, length, 3 * length}) {
        const std::vector<uint8_t> message = random_bytes(length),
                                   other = random_bytes(other_length);
        format::Sha256 hash(*functions), other_hash(*functions);
        format::Sha256::update_pair(hash, view(message), other_hash, view(other));
        ASSERT_EQ(hex(hash.finish()), digest_of(format::kPortableSha256, view(message)));
        ASSERT_EQ(hex(other_hash.finish()), digest_of(format::kPortableSha256, view(other)));
      }
    }
  }
}

}  // namespace
}  // namespace nibble
