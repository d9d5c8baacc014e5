// Joins known pieces into longer ones, and writes them in SentencePiece's protocol buffer.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/models/generated_vocabulary.h"

#include <bit>
#include <cstdio>
#include <random>
#include <set>
#include <vector>

namespace nibble::test {
namespace {

constexpr const char* kSpace = "\xE2\x96\x81";  // U+2581, how SentencePiece writes a space
constexpr size_t kMaxPieceBytes = 14;

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string integer_field(uint32_t number, uint64_t value) {
  return varint(number << 3) + varint(value);
}
std::string bytes_field(uint32_t number, const std::string& value) {
  return varint(number << 3 | 2) + varint(value.size()) + value;
}
std::string float_field(uint32_t number, float value) {
  std::string bytes = varint(number << 3 | 5);
  for (uint32_t bits = std::bit_cast<uint32_t>(value), i = 0; i < 4; ++i, bits >>= 8) {
    bytes += static_cast<char>(bits & 0xFF);
  }
  return bytes;
}

enum PieceKind : uint32_t { kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6 };

std::string piece(const std::string& text, float score, PieceKind kind) {
  return bytes_field(1, bytes_field(1, text) + float_field(2, score) + integer_field(3, kind));
}

std::vector<std::string> characters() {
  std::vector<std::string> all = {kSpace};
  for (char c = '!'; c <= '~'; ++c) all.push_back(std::string(1, c));
  return all;
}

/// A space begins a word and is nowhere else.
bool can_join(const std::string& left, const std::string& right) {
  return left.size() + right.size() <= kMaxPieceBytes && !right.starts_with(kSpace);
}

/// Pieces in the order they were joined, so that both halves of a piece rank before it.
std::vector<std::string> join_pieces(size_t count, uint64_t seed) {
  std::vector<std::string> known = characters(), joined;
  std::set<std::string> seen(known.begin(), known.end());
  std::mt19937_64 random(seed);  // its sequence is fixed by the C++ standard
  while (joined.size() < count) {
    const std::string& left = known[random() % known.size()];
    const std::string& right = known[random() % known.size()];
    if (!can_join(left, right) || !seen.insert(left + right).second) continue;
    joined.push_back(left + right);
    known.push_back(joined.back());
  }
  return joined;
}

std::string specials() {
  std::string model =
      piece("<unk>", 0, kUnknown) + piece("<s>", 0, kControl) + piece("</s>", 0, kControl);
  for (uint32_t byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    model += piece(name, 0, kByte);
  }
  return model;
}

std::string settings(uint32_t pieces) {
  constexpr uint32_t kBpe = 2;
  const std::string trainer = integer_field(3, kBpe) + integer_field(4, pieces) +
                              integer_field(35, 1) /* byte fallback */ + integer_field(40, 0) +
                              integer_field(41, 1) + integer_field(42, 2);
  const std::string normalizer = bytes_field(1, "identity") + bytes_field(2, "") +
                                 integer_field(3, 1) /* dummy prefix */ +
                                 integer_field(4, 0) /* extra spaces stay */;
  return bytes_field(2, trainer) + bytes_field(3, normalizer);
}

}  // namespace

std::string sentencepiece_model(uint32_t pieces, uint64_t seed) {
  std::string model = specials();
  float score = 0;
  for (const std::string& text : join_pieces(pieces - kLeastPieces, seed)) {
    model += piece(text, score--, kNormal);
  }
  for (const std::string& text : characters()) model += piece(text, score--, kNormal);
  return model + settings(pieces);
}

}  // namespace nibble::test
