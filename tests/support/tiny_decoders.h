// A tiny model of every architecture: a configuration with the real one's quirks, random weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/reference_decoder.h"

namespace nibble::test {

struct TinyDecoder {
  std::string name;  ///< of the case: "Gemma3"
  nlohmann::json config;
  ReferenceTensors tensors;  ///< as published; every number is an IEEE half
};

inline void PrintTo(const TinyDecoder& tiny, std::ostream* out) {
  *out << tiny.name;
}

/// Widths that are no multiple of 32, two layers or more, vocabulary kTinyVocabulary.
std::vector<TinyDecoder> tiny_decoders();

inline constexpr uint32_t kTinyVocabulary = 375;
inline constexpr uint32_t kTinyContext = 384;

}  // namespace nibble::test
