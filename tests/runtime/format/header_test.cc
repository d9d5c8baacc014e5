// The header: each field that can be wrong, and the error that names it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/header.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "runtime/format/ops.h"
#include "tests/support/tiny_blob.h"

namespace nibble::format {
namespace {

using offline::BlobBytes;

Failure failure_of(const BlobBytes& blob) {
  return check_header({blob.data(), blob.size()}, blob.size()).failure();
}

/// What check_header() says of a good blob whose header was changed.
Failure changed(const std::function<void(Header&)>& change) {
  BlobBytes blob = test::tiny_blob();
  change(*reinterpret_cast<Header*>(blob.data()));
  offline::reseal(blob);
  return failure_of(blob);
}

void expect(const Failure& failure, Error error, uint64_t where) {
  EXPECT_STREQ(error_name(failure.error), error_name(error));
  EXPECT_EQ(failure.where, where);
}

TEST(Header, OfTheWriterIsGood) {
  expect(failure_of(test::tiny_blob()), Error::None, 0);
}

TEST(Header, ShorterThanItselfIsTruncated) {
  const BlobBytes blob = test::tiny_blob();
  for (size_t bytes = 0; bytes < sizeof(Header); ++bytes)
    expect(check_header({blob.data(), bytes}, bytes).failure(), Error::Truncated, sizeof(Header));
}

TEST(Header, EveryOtherTruncationSaysHowManyBytesThereShouldBe) {
  const BlobBytes blob = test::tiny_blob();
  for (size_t bytes = sizeof(Header); bytes < blob.size(); ++bytes)
    expect(check_header({blob.data(), bytes}, bytes).failure(), Error::Truncated, blob.size());
}

TEST(Header, BytesBehindTheEndAreRefused) {
  BlobBytes blob = test::tiny_blob();
  blob.push_back(0);
  expect(failure_of(blob), Error::BadLength, offsetof(Header, total_bytes));
}

TEST(Header, EachBitOfTheMagicMatters) {
  for (int bit = 0; bit < 64; ++bit)
    expect(changed([&](Header& h) { h.magic[bit / 8] ^= 1 << bit % 8; }), Error::BadMagic, 0);
}

TEST(Header, AnotherByteOrderIsRefused) {
  expect(changed([](Header& h) { h.endian_tag = __builtin_bswap32(h.endian_tag); }),
         Error::BadEndian, 0);
}

TEST(Header, OnlyThisMajorVersionIsRead) {
  for (const uint16_t version : {0, 2, 0xFFFF})
    expect(changed([&](Header& h) { h.version_major = version; }), Error::BadVersion, version);
}

TEST(Header, NewerMinorVersionsAndOptionalFeaturesAreRead) {
  expect(changed([](Header& h) { h.version_minor = 7; }), Error::None, 0);
  expect(changed([](Header& h) { h.optional_features = 0xFFFFFFFF; }), Error::None, 0);
}

TEST(Header, EachUnknownRequiredFeatureIsRefused) {
  for (int bit = 0; bit < 32; ++bit) {
    const uint32_t feature = 1u << bit;
    const bool known = (feature & (kOpFeatures | kTokenizerFeature)) != 0;
    expect(changed([&](Header& h) { h.required_features = feature; }),
           known ? Error::None : Error::UnknownFeature, known ? 0 : feature);
  }
}

TEST(Header, LengthsThatCannotBeAreNamed) {
  for (const uint32_t bytes : {0u, 255u, 257u, 0xFFFFFFFFu})
    expect(changed([&](Header& h) { h.header_bytes = bytes; }), Error::BadLength,
           offsetof(Header, header_bytes));
  const uint64_t huge = ~uint64_t{0};
  for (const uint64_t bytes : {uint64_t{0}, uint64_t{200}, uint64_t{1001},
                               uint64_t{kMaxManifestBytes} + 8, huge, huge - 7})
    expect(changed([&](Header& h) { h.manifest_bytes = bytes; }), Error::BadLength,
           offsetof(Header, manifest_bytes));
  for (const uint64_t bytes : {uint64_t{0}, huge, huge - 255})
    expect(changed([&](Header& h) { h.payload_bytes = bytes; }), Error::BadLength,
           offsetof(Header, payload_bytes));
}

TEST(Header, ATotalThatIsNotTheSumIsRefused) {
  for (const int64_t delta : {-1, 1, 64})
    expect(changed([&](Header& h) { h.total_bytes += delta; }), Error::BadLength,
           offsetof(Header, total_bytes));
  for (const uint64_t bytes : {uint64_t{0}, uint64_t{1} << 63, ~uint64_t{0}})
    expect(changed([&](Header& h) { h.total_bytes = bytes; }), Error::BadLength,
           offsetof(Header, total_bytes));
}

TEST(Header, EachByteOfTheSignatureSlotMustBeZero) {
  for (size_t at = offsetof(Header, signature_algorithm); at < offsetof(Header, reserved1); ++at)
    expect(changed([&](Header& h) { reinterpret_cast<uint8_t*>(&h)[at] = 1; }),
           Error::UnexpectedSignature, 0);
}

TEST(Header, EachReservedByteMustBeZero) {
  for (size_t at = offsetof(Header, reserved1); at < sizeof(Header); ++at)
    expect(changed([&](Header& h) { reinterpret_cast<uint8_t*>(&h)[at] = 1; }),
           Error::ReservedNotZero, at);
  expect(changed([](Header& h) { h.reserved0 = 1u << 31; }), Error::ReservedNotZero,
         offsetof(Header, reserved0));
}

TEST(Header, DigestCoversEveryByteButItsOwnAndTheSignature) {
  const BlobBytes blob = test::tiny_blob();
  const auto digest_with = [&](size_t at) {
    BlobBytes changed_blob = blob;
    changed_blob[at] ^= 1;
    const auto& header = *reinterpret_cast<const Header*>(changed_blob.data());
    return manifest_digest(header, {changed_blob.data() + sizeof(Header), 1000});
  };
  const auto& header = *reinterpret_cast<const Header*>(blob.data());
  const Sha256Digest digest = manifest_digest(header, {blob.data() + sizeof(Header), 1000});
  for (size_t at = 0; at < sizeof(Header) + 1000; ++at) {
    const bool own = at >= offsetof(Header, manifest_sha256) &&
                     at < offsetof(Header, manifest_sha256) + kSha256Bytes;
    const bool signature = at >= offsetof(Header, signature) && at < offsetof(Header, reserved1);
    EXPECT_EQ(digest == digest_with(at).bytes, own || signature) << at;
  }
}

}  // namespace
}  // namespace nibble::format
