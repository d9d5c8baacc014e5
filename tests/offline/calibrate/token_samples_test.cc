// Windows of calibration text: the same for a seed, of text alone, and refusals that name the file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/token_samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "offline/files/input_error.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using offline::CalibrationOptions;
using Windows = std::vector<std::vector<Token>>;

CalibrationOptions from(std::vector<std::filesystem::path> texts, uint32_t samples,
                        uint32_t sample_tokens, uint64_t seed, unsigned threads) {
  CalibrationOptions options;
  options.texts = std::move(texts);
  options.samples = samples;
  options.sample_tokens = sample_tokens;
  options.seed = seed;
  options.threads = threads;
  return options;
}

class TokenSamples : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  const Tokenizer& tokenizer() const { return model_.loaded().model().tokenizer(); }
  Windows draw(const CalibrationOptions& options) const {
    return offline::draw_samples(tokenizer(), options).windows;
  }
  void expect_refusal(const CalibrationOptions& options, const std::string& says) const {
    try {
      draw(options);
      ADD_FAILURE() << "accepted; expected: " << says;
    } catch (const offline::InputError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  }

  TinySource source_;
  offline::Network network_ = source_.compile({format::TensorType::Int8, 32});
  offline::BuiltModel model_ = source_.build(network_);
  TemporaryFolder folder_;
};

std::string numbers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += std::to_string(i * 7919 % 1000) + " and ";
  return text;
}

TEST_F(TokenSamples, AreWindowsOfTheTextDrawnOnceEach) {
  const std::string text = numbers(400);
  const std::vector<Token> tokens = offline::encode(tokenizer(), text, EncodeMode::WholeText);
  const Windows windows = draw(from({write("a", text)}, 20, 10, 3, 0));
  ASSERT_EQ(windows.size(), 20u);
  std::set<ptrdiff_t> places;
  for (const std::vector<Token>& window : windows) {
    ASSERT_EQ(window.size(), 10u);
    const auto found = std::search(tokens.begin(), tokens.end(), window.begin(), window.end());
    ASSERT_NE(found, tokens.end());
    EXPECT_EQ((found - tokens.begin()) % 10, 0);
    places.insert(found - tokens.begin());
  }
  EXPECT_EQ(places.size(), 20u);
}

TEST_F(TokenSamples, DependOnTheSeedAlone) {
  const std::filesystem::path path = write("a", numbers(400));
  EXPECT_EQ(draw(from({path}, 20, 10, 3, 1)), draw(from({path}, 20, 10, 3, 2)));
  EXPECT_NE(draw(from({path}, 20, 10, 3, 0)), draw(from({path}, 20, 10, 4, 0)));
}

TEST_F(TokenSamples, ComeFromAllTexts) {
  const std::filesystem::path a = write("a", numbers(300)), b = write("b", std::string(3000, 'q'));
  const Windows both = draw(from({a, b}, 1000, 10, 1, 0));
  EXPECT_EQ(both.size(),
            draw(from({a}, 1000, 10, 1, 0)).size() + draw(from({b}, 1000, 10, 1, 0)).size());
}

TEST_F(TokenSamples, RefuseTextsThatAreEmptyBinaryOrTooShort) {
  const std::string text = numbers(400);
  expect_refusal(from({folder_ / "missing"}, 4, 10, 1, 0), "missing");
  expect_refusal(from({write("empty", "")}, 4, 10, 1, 0), "empty: is empty");
  expect_refusal(from({write("nul", text + '\0' + text)}, 4, 10, 1, 0),
                 "nul: byte " + std::to_string(text.size()) + ": is no text");
  expect_refusal(from({write("latin", "caf\xE9 " + text)}, 4, 10, 1, 0),
                 "latin: byte 3: is no text");
  expect_refusal(from({write("cut", text + "\xE2\x82")}, 4, 10, 1, 0), "is no text");
  expect_refusal(from({write("short", "Hello")}, 512, 10, 1, 0), "16 are needed");
  expect_refusal(from({write("shorter", "Hello")}, 1, 100, 1, 0), "shorter: is too short");
}

}  // namespace
}  // namespace nibble::test
