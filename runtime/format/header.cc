// Checks of the first 256 bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/header.h"

#include "runtime/format/ops.h"

namespace nibble::format {
namespace {

constexpr bool all_zero(Bytes bytes) {
  uint8_t seen = 0;
  for (const uint8_t byte : bytes) seen |= byte;
  return seen == 0;
}

Status check_identity(const Header& header) {
  if (__builtin_memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) return Error::BadMagic;
  if (header.endian_tag != kEndianTag) return Error::BadEndian;
  if (header.version_major != kVersionMajor)
    return Failure{Error::BadVersion, header.version_major};
  const uint32_t unknown = header.required_features & ~(kOpFeatures | kTokenizerFeature);
  if (unknown != 0) return Failure{Error::UnknownFeature, unknown};
  return {};
}

Status check_lengths(const Header& header) {
  if (header.header_bytes != sizeof(Header))
    return Failure{Error::BadLength, offsetof(Header, header_bytes)};
  constexpr uint64_t kLeast = sizeof(Manifest) + kSectionCount * sizeof(SectionRecord);
  if (header.manifest_bytes < kLeast || header.manifest_bytes > kMaxManifestBytes ||
      header.manifest_bytes % kManifestAlignBytes != 0)
    return Failure{Error::BadLength, offsetof(Header, manifest_bytes)};
  const Checked end = Checked(payload_offset(header)) + header.payload_bytes;
  if (header.payload_bytes == 0 || !end.at_most(UINT64_MAX))
    return Failure{Error::BadLength, offsetof(Header, payload_bytes)};
  if (end.value() != header.total_bytes)
    return Failure{Error::BadLength, offsetof(Header, total_bytes)};
  return {};
}

Status check_unused(const Header& header) {
  if (header.signature_algorithm != 0 || header.security_counter != 0 || !all_zero(header.key_id) ||
      !all_zero(header.signature))
    return Error::UnexpectedSignature;
  if (header.reserved0 != 0) return Failure{Error::ReservedNotZero, offsetof(Header, reserved0)};
  for (size_t i = 0; i < sizeof(header.reserved1); ++i)
    if (header.reserved1[i] != 0)
      return Failure{Error::ReservedNotZero, offsetof(Header, reserved1) + i};
  return {};
}

}  // namespace

Result<const Header*> check_header(Bytes first_bytes, uint64_t blob_bytes) {
  if (first_bytes.size() < sizeof(Header) || blob_bytes < sizeof(Header))
    return Failure{Error::Truncated, sizeof(Header)};
  const auto& header = *reinterpret_cast<const Header*>(first_bytes.data());
  NIBBLE_TRY(check_identity(header));
  NIBBLE_TRY(check_lengths(header));
  NIBBLE_TRY(check_unused(header));
  if (blob_bytes < header.total_bytes) return Failure{Error::Truncated, header.total_bytes};
  if (blob_bytes > header.total_bytes)
    return Failure{Error::BadLength, offsetof(Header, total_bytes)};
  return &header;
}

Sha256Digest manifest_digest(const Header& header, Bytes manifest) {
  Header blank = header;
  __builtin_memset(blank.manifest_sha256, 0, sizeof(blank.manifest_sha256));
  __builtin_memset(blank.signature, 0, sizeof(blank.signature));
  Sha256 hash;
  hash.update({reinterpret_cast<const uint8_t*>(&blank), sizeof(blank)});
  hash.update(manifest);
  return hash.finish();
}

uint64_t payload_offset(const Header& header) {
  return Checked(sizeof(Header) + header.manifest_bytes).aligned(kAlignBytes).value();
}

}  // namespace nibble::format
