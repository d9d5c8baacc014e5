// SHA-256 (FIPS 180-4), incremental, with an exchangeable inner function.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/format/blob.h"

namespace nibble {

struct Sha256Digest {
  uint8_t bytes[format::kSha256Bytes];
};
/// Compares with a digest as records carry it. Not constant-time: digests here are no secrets.
bool operator==(const Sha256Digest& digest, const uint8_t (&recorded)[format::kSha256Bytes]);

/// Folds `count` blocks of 64 bytes into the eight words of state.
using Sha256Compress = void (*)(uint32_t* state, const uint8_t* blocks, size_t count);

inline constexpr size_t kSha256BlockBytes = 64;

/// Runs everywhere and touches no FP or vector register.
void sha256_compress_portable(uint32_t* state, const uint8_t* blocks, size_t count);

/// What every Sha256 from now on uses: the portable function until a platform that knows its CPU,
/// and may use vector registers at any time, gives a faster one. Set it before threads start.
void select_sha256_compress(Sha256Compress compress);

class Sha256 {
 public:
  Sha256();
  explicit Sha256(Sha256Compress compress);
  void update(Bytes data);
  /// Ends the message; the object is spent.
  Sha256Digest finish();

 private:
  Sha256Compress compress_;
  uint32_t state_[8];
  uint8_t block_[kSha256BlockBytes];
  uint64_t total_bytes_ = 0;
};

Sha256Digest sha256(Bytes data);

}  // namespace nibble
