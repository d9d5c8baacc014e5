// The text that calibration looks at: windows of tokens, drawn from files by a seed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

struct CalibrationOptions {
  std::vector<std::filesystem::path> texts;  ///< UTF-8, without control characters
  uint32_t samples = 512;                    ///< windows at most
  uint32_t sample_tokens = 512;              ///< tokens in a window
  uint64_t seed = 1;
  double correction = 1;  ///< how far matrices make good the errors before them, 0 … 1
  unsigned threads = 0;   ///< any number gives the same bytes; 0: one per CPU
  /// Each report has the losses of these schemes too, each of them taken by itself.
  std::vector<Scheme> probed_schemes;
  /// Called with a stage's name and its share done, 0 … 1; never from two threads at once.
  std::function<void(const std::string& stage, double done)> progress;
};

/// The fewest windows that calibration works with, unless fewer are asked for.
inline constexpr uint32_t kFewestSamples = 16;

/// Windows of equal length, in the order in which they were drawn.
struct TokenSamples {
  std::vector<std::vector<Token>> windows;
};

/// Every text is tokenized as a whole and cut into windows that do not overlap, beginning with its
/// first token; a rest that fills no window is dropped. Of the windows of all texts, `samples` are
/// drawn without putting back: the first of a Fisher-Yates shuffle whose random numbers are
/// SplitMix64's from `seed` on, each times the number of windows left, divided by 2⁶⁴. Windows come
/// without a begin token.
/// Throws InputError, naming the file: a text that is empty or binary (malformed UTF-8 or control
/// characters other than newlines and tabs); texts that have too few windows together.
TokenSamples draw_samples(const Tokenizer& tokenizer, const CalibrationOptions& options);

}  // namespace nibble::offline
