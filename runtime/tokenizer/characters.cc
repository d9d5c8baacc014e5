// Decodes UTF-8, and looks classes up.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/characters.h"

#include "runtime/core/utf8.h"

namespace nibble {
namespace {

constexpr uint8_t O = 1;
constexpr uint8_t L = kLetters, N = kNumbers, W = kSpaces, P = kPunctuation, S = kSymbols;

}  // namespace

const uint8_t Characters::kAsciiClasses[128] = {
    O, O, O, O, O, O, O, O, O, W, W, W, W, W, O, O,  // 00
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,  // 10
    W, P, P, P, S, P, P, P, P, P, P, S, P, P, P, P,  // 20
    N, N, N, N, N, N, N, N, N, N, P, P, S, S, S, P,  // 30
    P, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,  // 40
    L, L, L, L, L, L, L, L, L, L, L, P, P, P, S, P,  // 50
    S, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,  // 60
    L, L, L, L, L, L, L, L, L, L, L, P, S, P, S, O,  // 70
};

uint32_t code_point(Text character) {
  const auto byte = [character](size_t i) { return uint32_t{static_cast<uint8_t>(character[i])}; };
  if (character.size() == 1) return byte(0);
  uint32_t code = byte(0) & (0xFFu >> (character.size() + 1));
  for (size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte(i) & 0x3F);
  return code;
}

Character Characters::decode(size_t index) const {
  const Utf8Prefix prefix = utf8_prefix(text_.from(index));
  if (prefix.kind != Utf8::Whole) return {kMalformed, 1, O};
  const uint32_t code = code_point(text_.slice(index, prefix.bytes));
  return {code, static_cast<uint32_t>(prefix.bytes), class_set(tables_.class_of(code))};
}

}  // namespace nibble
