// SHA-256: padding, and the portable compression function.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/sha256.h"

#include <nibble/nibble.h>

namespace nibble::format {

constexpr uint32_t kSha256Rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

namespace {

constexpr uint32_t kInitial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

constexpr uint32_t rotated(uint32_t x, int bits) {
  return (x >> bits) | (x << (32 - bits));
}

uint32_t big_endian_word(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

/// One round; the caller rotates the names instead of the values.
[[gnu::always_inline]] inline void round(uint32_t a, uint32_t b, uint32_t c, uint32_t& d,
                                         uint32_t e, uint32_t f, uint32_t g, uint32_t& h,
                                         uint32_t k_and_word) {
  const uint32_t sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
  const uint32_t choice = g ^ (e & (f ^ g));
  const uint32_t first = h + sum1 + choice + k_and_word;
  const uint32_t sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
  const uint32_t majority = (a & b) | (c & (a | b));
  d += first;
  h = first + sum0 + majority;
}

[[gnu::always_inline]] inline void eight_rounds(uint32_t (&s)[8], const uint32_t* k,
                                                const uint32_t* word) {
  round(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], k[0] + word[0]);
  round(s[7], s[0], s[1], s[2], s[3], s[4], s[5], s[6], k[1] + word[1]);
  round(s[6], s[7], s[0], s[1], s[2], s[3], s[4], s[5], k[2] + word[2]);
  round(s[5], s[6], s[7], s[0], s[1], s[2], s[3], s[4], k[3] + word[3]);
  round(s[4], s[5], s[6], s[7], s[0], s[1], s[2], s[3], k[4] + word[4]);
  round(s[3], s[4], s[5], s[6], s[7], s[0], s[1], s[2], k[5] + word[5]);
  round(s[2], s[3], s[4], s[5], s[6], s[7], s[0], s[1], k[6] + word[6]);
  round(s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[0], k[7] + word[7]);
}

/// The next 16 words of the schedule, over the last 16.
[[gnu::always_inline]] inline void extend(uint32_t (&word)[16]) {
  for (int i = 0; i < 16; ++i) {
    const uint32_t w1 = word[(i + 1) & 15], w14 = word[(i + 14) & 15];
    const uint32_t sigma0 = rotated(w1, 7) ^ rotated(w1, 18) ^ (w1 >> 3);
    const uint32_t sigma1 = rotated(w14, 17) ^ rotated(w14, 19) ^ (w14 >> 10);
    word[i] += sigma0 + word[(i + 9) & 15] + sigma1;
  }
}

void compress_block(uint32_t* state, const uint8_t* block) {
  uint32_t word[16];
  for (int i = 0; i < 16; ++i) word[i] = big_endian_word(block + 4 * i);

  uint32_t s[8];
  for (int i = 0; i < 8; ++i) s[i] = state[i];
  for (int done = 0; done < 64; done += 16) {
    if (done != 0) extend(word);
    eight_rounds(s, kSha256Rounds + done, word);
    eight_rounds(s, kSha256Rounds + done + 8, word + 8);
  }
  for (int i = 0; i < 8; ++i) state[i] += s[i];
}

void sha256_compress_portable(uint32_t* state, const uint8_t* blocks, size_t count) {
  for (; count != 0; --count, blocks += kSha256BlockBytes) compress_block(state, blocks);
}

/// General registers hold one message's words at best.
void sha256_compress_pair_portable(uint32_t* state, const uint8_t* blocks, uint32_t* other_state,
                                   const uint8_t* other_blocks, size_t count) {
  sha256_compress_portable(state, blocks, count);
  sha256_compress_portable(other_state, other_blocks, count);
}

const Sha256Functions* selected = &kPortableSha256;

}  // namespace

bool operator==(const Sha256Digest& digest, const uint8_t (&recorded)[kSha256Bytes]) {
  return __builtin_memcmp(digest.bytes, recorded, sizeof(recorded)) == 0;
}

constexpr Sha256Functions kPortableSha256 = {.compress = sha256_compress_portable,
                                             .compress_pair = sha256_compress_pair_portable};

void select_sha256(const Sha256Functions& functions) {
  __atomic_store_n(&selected, &functions, __ATOMIC_RELEASE);
}

const Sha256Functions& selected_sha256() {
  return *__atomic_load_n(&selected, __ATOMIC_ACQUIRE);
}

Sha256::Sha256(const Sha256Functions& functions) : functions_(&functions) {
  __builtin_memcpy(state_, kInitial, sizeof(state_));
}

void Sha256::update(Bytes data) {
  if (data.empty()) return;
  const size_t held = total_bytes_ % kSha256BlockBytes;
  total_bytes_ += data.size();
  if (held != 0) {
    const size_t missing = kSha256BlockBytes - held;
    const size_t taken = data.size() < missing ? data.size() : missing;
    __builtin_memcpy(block_ + held, data.data(), taken);
    if (taken < missing) return;
    functions_->compress(state_, block_, 1);
    data = data.from(taken);
  }
  const size_t whole_blocks = data.size() / kSha256BlockBytes;
  compress(data.data(), whole_blocks);
  const Bytes rest = data.from(whole_blocks * kSha256BlockBytes);
  if (!rest.empty()) __builtin_memcpy(block_, rest.data(), rest.size());
}

void Sha256::compress(const uint8_t* blocks, size_t count) {
  while (count != 0) {
    const size_t turn = count < kBlocksPerTurn ? count : kBlocksPerTurn;
    functions_->compress(state_, blocks, turn);
    if (turn == kBlocksPerTurn) nibble_platform_yield();
    blocks += turn * kSha256BlockBytes;
    count -= turn;
  }
}

void Sha256::compress_pair(Sha256& hash, const uint8_t* blocks, Sha256& other,
                           const uint8_t* other_blocks, size_t count) {
  while (count != 0) {
    const size_t turn = count < kBlocksPerTurn / 2 ? count : kBlocksPerTurn / 2;
    hash.functions_->compress_pair(hash.state_, blocks, other.state_, other_blocks, turn);
    if (turn == kBlocksPerTurn / 2) nibble_platform_yield();
    blocks += turn * kSha256BlockBytes;
    other_blocks += turn * kSha256BlockBytes;
    count -= turn;
  }
}

void Sha256::update_pair(Sha256& hash, Bytes data, Sha256& other, Bytes other_data) {
  NIBBLE_CHECK(hash.total_bytes_ % kSha256BlockBytes == 0);
  NIBBLE_CHECK(other.total_bytes_ % kSha256BlockBytes == 0);
  NIBBLE_CHECK(hash.functions_ == other.functions_);
  const size_t shorter = data.size() < other_data.size() ? data.size() : other_data.size();
  const size_t blocks = shorter / kSha256BlockBytes;
  const size_t bytes = blocks * kSha256BlockBytes;
  compress_pair(hash, data.data(), other, other_data.data(), blocks);
  hash.total_bytes_ += bytes;
  other.total_bytes_ += bytes;
  hash.update(data.from(bytes));
  other.update(other_data.from(bytes));
}

Sha256Digest Sha256::finish() {
  const uint64_t message_bits = total_bytes_ * 8;
  uint8_t padding[kSha256BlockBytes + 8] = {0x80};
  const size_t held = total_bytes_ % kSha256BlockBytes;
  const size_t zeros_end = (held < 56 ? 56 : 120) - held;
  for (size_t i = 0; i < 8; ++i)
    padding[zeros_end + i] = static_cast<uint8_t>(message_bits >> (56 - 8 * i));
  update({padding, zeros_end + 8});

  Sha256Digest digest;
  for (int i = 0; i < 32; ++i)
    digest.bytes[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

Sha256Digest sha256(Bytes data) {
  Sha256 hash;
  hash.update(data);
  return hash.finish();
}

}  // namespace nibble::format
