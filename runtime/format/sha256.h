// SHA-256 (FIPS 180-4), incremental, with an exchangeable inner function.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/format/blob.h"

namespace nibble::format {

struct Sha256Digest {
  uint8_t bytes[kSha256Bytes];
};
/// Compares with a digest as records carry it. Not constant-time: digests here are no secrets.
bool operator==(const Sha256Digest& digest, const uint8_t (&recorded)[kSha256Bytes]);

/// Folds `count` blocks of 64 bytes into the eight words of state.
using Sha256Compress = void (*)(uint32_t* state, const uint8_t* blocks, size_t count);
/// The same for two messages at once: one's instructions fill the waits of the other's.
using Sha256CompressPair = void (*)(uint32_t* state, const uint8_t* blocks, uint32_t* other_state,
                                    const uint8_t* other_blocks, size_t count);

struct Sha256Functions {
  Sha256Compress compress;
  Sha256CompressPair compress_pair;
};

inline constexpr size_t kSha256BlockBytes = 64;
/// 64 KiB, which a slow core hashes in about two milliseconds: then a kernel may give up the CPU.
inline constexpr size_t kBlocksPerTurn = 1024;
/// The round constants of FIPS 180-4, 4.2.2.
extern const uint32_t kSha256Rounds[64];

/// Runs everywhere and touches no FP or vector register.
extern const Sha256Functions kPortableSha256;

/// What every Sha256 from now on uses: the portable functions until a platform that knows its CPU,
/// and may use vector registers at any time, gives faster ones (runtime/kernels/sha256/). A kernel
/// keeps the portable ones, or hashes inside its FPU sections only. From any thread, any number of
/// times; hashes under way end as they began.
/// @param functions  never destroyed
void select_sha256(const Sha256Functions& functions);
const Sha256Functions& selected_sha256();

class Sha256 {
 public:
  Sha256() : Sha256(selected_sha256()) {}
  explicit Sha256(const Sha256Functions& functions);
  void update(Bytes data);
  /// update() of two hashes, faster than one after the other where lengths are alike.
  /// @pre both have seen whole blocks only, and use the same functions
  static void update_pair(Sha256& hash, Bytes data, Sha256& other, Bytes other_data);
  /// Ends the message; the object is spent.
  Sha256Digest finish();

 private:
  /// Whole blocks, with nibble_platform_yield() behind every kBlocksPerTurn.
  void compress(const uint8_t* blocks, size_t count);
  static void compress_pair(Sha256& hash, const uint8_t* blocks, Sha256& other,
                            const uint8_t* other_blocks, size_t count);

  const Sha256Functions* functions_;
  uint32_t state_[8];
  uint8_t block_[kSha256BlockBytes];
  uint64_t total_bytes_ = 0;
};

Sha256Digest sha256(Bytes data);

}  // namespace nibble::format
