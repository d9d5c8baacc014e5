// SHA-256 against the published vectors of FIPS 180 and NIST's long-message test.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace nibble::format {
namespace {

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string hex(const Sha256Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest.bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(bytes_of("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(
      hex(sha256(bytes_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklm"
                          "nopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"))),
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

TEST(Sha256, GivesThePublishedDigestOfAMillionLetters) {
  Sha256 hash;
  const std::string thousand(1000, 'a');
  for (int i = 0; i < 1000; ++i) hash.update(bytes_of(thousand));
  EXPECT_EQ(hex(hash.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheMessageIsCut) {
  std::string message;
  for (int i = 0; i < 200; ++i) message += static_cast<char>(i * 37);
  for (size_t length = 0; length <= message.size(); ++length) {
    const Bytes whole = bytes_of(message).first(length);
    const std::string expected = hex(sha256(whole));
    for (size_t piece = 1; piece <= 130; ++piece) {
      Sha256 hash;
      for (size_t at = 0; at < length; at += piece)
        hash.update(whole.slice(at, std::min(piece, length - at)));
      ASSERT_EQ(hex(hash.finish()), expected) << length << " bytes in pieces of " << piece;
    }
  }
}

size_t blocks_counted = 0;
void counting_compress(uint32_t* state, const uint8_t* blocks, size_t count) {
  blocks_counted += count;
  kPortableSha256.compress(state, blocks, count);
}
constexpr Sha256Functions kCounting = {.compress = counting_compress, .compress_pair = nullptr};

TEST(Sha256, UsesTheSelectedCompression) {
  const std::string message(640, 'x');
  const std::string expected = hex(sha256(bytes_of(message)));
  const Sha256Functions& before = selected_sha256();
  select_sha256(kCounting);
  EXPECT_EQ(hex(sha256(bytes_of(message))), expected);
  select_sha256(before);
  EXPECT_EQ(blocks_counted, 11u);  // ten, and one of padding
}

TEST(Sha256, DigestsDifferingInTheirLastByteDiffer) {
  const Sha256Digest digest = sha256({});
  uint8_t recorded[format::kSha256Bytes];
  for (size_t i = 0; i < sizeof(recorded); ++i) recorded[i] = digest.bytes[i];
  EXPECT_TRUE(digest == recorded);
  recorded[31] ^= 1;
  EXPECT_FALSE(digest == recorded);
}

}  // namespace
}  // namespace nibble::format
