// SHA-256's compression over the words of an instruction set, for one message or several at once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/sha256.h"

// Before including it: `Words` (four words of 32 bits), `State` (the eight of a message, in the
// instructions' own order) and, all always_inline,
//   State load_state(const uint32_t*)         void store_state(uint32_t*, State)
//   State sum(State, State)                   Words load_message(const uint8_t*)  big-endian
//   Words load_constants(const uint32_t*)     Words sum(Words, Words)
//   void four_rounds(State&, Words)           of message plus constants
//   Words extended(Words, Words, Words, Words)  the next four of the schedule, from the last 16
namespace nibble {
namespace {

template <int kMessages>
struct Lanes {
  State state[kMessages];
  Words schedule[kMessages][4];
};

/// Four rounds of every message: their chains of instructions do not wait for each other.
template <int kMessages>
[[gnu::always_inline]] inline void quarter(Lanes<kMessages>& lanes, int step) {
  const Words constants = load_constants(format::kSha256Rounds + 4 * step);
  const int now = step % 4;
#pragma GCC unroll 2
  for (int m = 0; m < kMessages; ++m) {
    Words(&words)[4] = lanes.schedule[m];
    four_rounds(lanes.state[m], sum(words[now], constants));
    if (step < 12)
      words[now] =
          extended(words[now], words[(now + 1) % 4], words[(now + 2) % 4], words[(now + 3) % 4]);
  }
}

template <int kMessages>
[[gnu::always_inline]] inline void compress(uint32_t* const (&states)[kMessages],
                                            const uint8_t* (&blocks)[kMessages], size_t count) {
  Lanes<kMessages> lanes;
  for (int m = 0; m < kMessages; ++m) lanes.state[m] = load_state(states[m]);
  for (; count != 0; --count) {
    State before[kMessages];
#pragma GCC unroll 2
    for (int m = 0; m < kMessages; ++m) {
      before[m] = lanes.state[m];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) lanes.schedule[m][i] = load_message(blocks[m] + 16 * i);
      blocks[m] += format::kSha256BlockBytes;
    }
#pragma GCC unroll 16
    for (int step = 0; step < 16; ++step) quarter(lanes, step);
#pragma GCC unroll 2
    for (int m = 0; m < kMessages; ++m) lanes.state[m] = sum(lanes.state[m], before[m]);
  }
  for (int m = 0; m < kMessages; ++m) store_state(states[m], lanes.state[m]);
}

void sha256_compress_accelerated(uint32_t* state, const uint8_t* blocks, size_t count) {
  const uint8_t* messages[] = {blocks};
  compress({state}, messages, count);
}

void sha256_compress_pair_accelerated(uint32_t* state, const uint8_t* blocks, uint32_t* other_state,
                                      const uint8_t* other_blocks, size_t count) {
  const uint8_t* messages[] = {blocks, other_blocks};
  compress({state, other_state}, messages, count);
}

}  // namespace

extern const format::Sha256Functions kAcceleratedSha256;
constexpr format::Sha256Functions kAcceleratedSha256 = {
    .compress = sha256_compress_accelerated, .compress_pair = sha256_compress_pair_accelerated};

}  // namespace nibble
