// A SentencePiece model file with as many pieces as a shape asks for, each reachable by merging.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>

namespace nibble::test {

/// The file's bytes: unknown, begin, end, 256 byte pieces, then text from frequent to single
/// characters. @pre pieces >= kLeastPieces
std::string sentencepiece_model(uint32_t pieces, uint64_t seed);

inline constexpr uint32_t kLeastPieces = 3 + 256 + 95;  ///< control, bytes, printable characters

}  // namespace nibble::test
