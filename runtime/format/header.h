// The header, which states a blob's extent, and the digest that seals header and manifest.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/core/checked.h"
#include "runtime/format/blob.h"
#include "runtime/format/sha256.h"

namespace nibble::format {

/// The first bytes of every blob: enough to size memory before anything else is read.
struct Prefix {
  Header header;
  Manifest manifest;
  SectionRecord sections[kSectionCount];
};
static_assert(sizeof(Prefix) == 464);

/// Checks every field but the digest.
/// @param first_bytes  the blob's first bytes, at least sizeof(Header) unless it is shorter;
///                     8-byte aligned
/// @param blob_bytes   of the whole blob
/// @returns the header, a view of `first_bytes` | Truncated | BadMagic | BadEndian | BadVersion |
///          UnknownFeature | BadLength | UnexpectedSignature | ReservedNotZero
Result<const Header*> check_header(Bytes first_bytes, uint64_t blob_bytes);

/// SHA-256 of the header, with its digest and signature bytes as zeros, and the manifest.
Sha256Digest manifest_digest(const Header& header, Bytes manifest);

/// Where the payload begins: the first 64-byte boundary after the manifest. @pre checked header
uint64_t payload_offset(const Header& header);

}  // namespace nibble::format
