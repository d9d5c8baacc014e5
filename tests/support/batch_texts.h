// Texts that are computed side by side, and each alone: the oracle of a batch.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "tests/support/test_model.h"

namespace nibble::test {

/// What one session of a batch is given.
struct BatchText {
  std::vector<Token> prompt;
  std::vector<Token> next;  ///< One by one, each as soon as there are logits of the one before.
  uint32_t start = 0;       ///< Steps of the batch before the prompt is given.
};

/// Texts of many lengths that start at different steps; none has more than `most_tokens`.
/// @pre most_tokens >= 8
std::vector<BatchText> varied_texts(uint32_t count, uint32_t vocabulary, uint32_t most_tokens);

/// Logits after the prompt and after each next token.
using TextBits = std::vector<Bits>;

/// In a session of its own. Throws std::runtime_error for any error.
TextBits bits_alone(const Model& model, const BatchText& text, const SessionConfig& config);

/// In a batch with a session for each text. Throws std::runtime_error for any error, or when bytes
/// beside the arena were written.
std::vector<TextBits> bits_together(const Model& model, const std::vector<BatchText>& texts,
                                    const SessionConfig& config,
                                    uint64_t tile_budget = Session::kAllTiles);

}  // namespace nibble::test
