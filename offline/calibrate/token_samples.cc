// Reads, checks and cuts texts, then shuffles what they were cut into.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/token_samples.h"

#include <algorithm>
#include <utility>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/host/loaded_model.h"
#include "runtime/core/random.h"
#include "runtime/core/utf8.h"

namespace nibble::offline {
namespace {

constexpr uint64_t kMaxTextBytes = 1u << 30;

__extension__ typedef unsigned __int128 Product;  // no standard type is as wide
using Windows = std::vector<std::vector<Token>>;

void require_text(const std::string& path, const std::string& bytes) {
  Text rest(bytes.data(), bytes.size());
  if (rest.empty()) throw InputError(path, "is empty; give a text like what the model will read");
  while (!rest.empty()) {
    const Utf8Prefix character = utf8_prefix(rest);
    const bool is_space = rest[0] == '\n' || rest[0] == '\t' || rest[0] == '\r';
    if (character.kind != Utf8::Whole || (!is_space && is_control(rest.first(character.bytes)))) {
      throw InputError(path + ": byte " + std::to_string(bytes.size() - rest.size()),
                       "is no text: calibration takes UTF-8 without control characters");
    }
    rest = rest.from(character.bytes);
  }
}

void append_windows(const std::vector<Token>& tokens, uint32_t window_tokens, Windows& windows) {
  auto begin = tokens.begin();
  while (tokens.end() - begin >= static_cast<ptrdiff_t>(window_tokens)) {
    windows.emplace_back(begin, begin + window_tokens);
    begin += window_tokens;
  }
}

Windows cut_texts(const Tokenizer& tokenizer, const CalibrationOptions& options) {
  Windows windows;
  for (const std::filesystem::path& path : options.texts) {
    const std::string text = read_input_file(path, kMaxTextBytes);
    require_text(path.string(), text);
    append_windows(encode(tokenizer, text, EncodeMode::WholeText), options.sample_tokens, windows);
  }
  return windows;
}

void require_enough(const Windows& windows, const CalibrationOptions& options) {
  const uint32_t needed = std::min(options.samples, kFewestSamples);
  if (windows.size() >= needed) return;
  std::string files;
  for (const auto& path : options.texts) files += (files.empty() ? "" : ", ") + path.string();
  throw InputError(files,
                   "is too short to calibrate with: it fills " + std::to_string(windows.size()) +
                       " windows of " + std::to_string(options.sample_tokens) + " tokens, and " +
                       std::to_string(needed) + " are needed; give more text or smaller windows");
}

}  // namespace

TokenSamples draw_samples(const Tokenizer& tokenizer, const CalibrationOptions& options) {
  Windows windows = cut_texts(tokenizer, options);
  require_enough(windows, options);
  const size_t drawn = std::min<size_t>(options.samples, windows.size());
  uint64_t state = options.seed;
  for (size_t i = 0; i < drawn; ++i) {
    const auto product = static_cast<Product>(next_random(state)) * (windows.size() - i);
    std::swap(windows[i], windows[i + static_cast<size_t>(product >> 64)]);
  }
  windows.resize(drawn);
  return {std::move(windows)};
}

}  // namespace nibble::offline
