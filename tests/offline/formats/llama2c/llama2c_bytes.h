// llama2.c checkpoints of a tiny model whose every element says where it was.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <bit>

#include "tests/offline/formats/gguf/gguf_bytes.h"

namespace nibble::test::llama2c {

inline constexpr uint32_t kDim = 16, kHidden = 24, kLayers = 2, kHeads = 2, kKvHeads = 1,
                          kVocabulary = 8, kPositions = 4, kKvDim = 8;

struct Floats {
  std::string bytes;
  float next = 0;

  /// Ascending numbers, so that every element says where it was.
  void add(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) bytes += le(std::bit_cast<uint32_t>(next++));
  }
};

inline std::string header_numbers(int32_t vocabulary) {
  std::string bytes;
  for (const int32_t number : {int32_t{kDim}, int32_t{kHidden}, int32_t{kLayers}, int32_t{kHeads},
                               int32_t{kKvHeads}, vocabulary, int32_t{kPositions}}) {
    bytes += le(static_cast<uint32_t>(number));
  }
  return bytes;
}

inline constexpr uint64_t kLayerMatrices[] = {kDim * kDim,  kKvDim* kDim,  kKvDim* kDim,
                                              kDim* kDim,   kHidden* kDim, kDim* kHidden,
                                              kHidden* kDim};

/// Version 0: ascending numbers, the angles too.
inline std::string version0(bool is_tied) {
  Floats floats;
  floats.add(kVocabulary * kDim + kLayers * kDim);
  for (int i = 0; i < 4; ++i) floats.add(kLayers * kLayerMatrices[i]);
  floats.add(kLayers * kDim);
  for (int i = 4; i < 7; ++i) floats.add(kLayers * kLayerMatrices[i]);
  floats.add(kDim + 2 * kPositions * kDim / kHeads / 2);
  if (!is_tied) floats.add(kVocabulary * kDim);
  return header_numbers(is_tied ? kVocabulary : -int32_t{kVocabulary}) + floats.bytes;
}

inline std::string later_header(uint32_t version, bool is_tied, uint32_t group) {
  std::string bytes = le(uint32_t{0x616B3432}) + le(version) + header_numbers(kVocabulary);
  bytes += static_cast<char>(is_tied);
  if (version == 2) bytes += le(group);
  bytes.resize(256);
  return bytes;
}

inline std::string version1(bool is_tied) {
  Floats floats;
  floats.add(2 * kLayers * kDim + kDim + kVocabulary * kDim);
  for (const uint64_t matrix : kLayerMatrices) floats.add(kLayers * matrix);
  if (!is_tied) floats.add(kVocabulary * kDim);
  return later_header(1, is_tied, 0) + floats.bytes;
}

/// Codes count up modulo 256; the scale of a tensor's group g is 1 + g.
inline void add_codes(std::string& bytes, uint64_t count, uint32_t group) {
  for (uint64_t i = 0; i < count; ++i) bytes += static_cast<char>(i);
  for (uint64_t g = 0; g < count / group; ++g) {
    bytes += le(std::bit_cast<uint32_t>(1.0f + static_cast<float>(g)));
  }
}

inline std::string version2(uint32_t group) {
  Floats norms;
  norms.add(2 * kLayers * kDim + kDim);
  std::string bytes = later_header(2, true, group) + norms.bytes;
  add_codes(bytes, kVocabulary * kDim, group);
  for (const uint64_t matrix : kLayerMatrices) {
    for (uint32_t layer = 0; layer < kLayers; ++layer) add_codes(bytes, matrix, group);
  }
  return bytes;
}

inline std::string piece_bytes(const std::string& text, float score) {
  return le(std::bit_cast<uint32_t>(score)) + le(static_cast<uint32_t>(text.size())) + text;
}

/// Of tokenizer_bytes().
inline constexpr uint32_t kPieces = 263;

/// A vocabulary of special tokens, bytes and four pieces.
inline std::string tokenizer_bytes() {
  std::string bytes = le(uint32_t{6});
  for (const char* const text : {"<unk>", "\n<s>\n", "\n</s>\n"}) bytes += piece_bytes(text, 0);
  for (int byte = 0; byte < 256; ++byte) {
    const char* const digits = "0123456789ABCDEF";
    bytes += piece_bytes(std::string("<0x") + digits[byte >> 4] + digits[byte & 15] + ">", 0);
  }
  bytes += piece_bytes(" a", -1) + piece_bytes("a", -3) + piece_bytes(" ", -2);
  return bytes + piece_bytes("aa", -1);
}

}  // namespace nibble::test::llama2c
