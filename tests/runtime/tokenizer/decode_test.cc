// Decoding: pieces of tokens, and streams that only ever emit whole characters.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::test {
namespace {

TEST(Decode, PiecesReadAsTheyAppearInText) {
  offline::Vocabulary vocabulary = small_vocabulary({" a"}, {"<x>"});
  vocabulary.pieces.push_back({"old", format::kNoRank, format::PieceType::Unused});
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_EQ(joined(tokenizer, {259, 260, 261, 3 + 'q', 0}), " a|<x>|old|q|<unk>");
}

TEST(Decode, ControlTokensAndIdsOutsideTheVocabularyAreSilent) {
  const Tables tables(small_vocabulary({"a"}));
  const Tokenizer tokenizer = tables.bind().value();
  for (const Token token : {1u, 2u, 260u, format::kNoToken}) {
    EXPECT_TRUE(tokenizer.piece(token).empty()) << token;
  }
}

TEST(Decode, OnlyEndTokensEnd) {
  offline::Vocabulary vocabulary = small_vocabulary({"a"});
  vocabulary.eos = {2, 5};
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_TRUE(tokenizer.is_end(2));
  EXPECT_TRUE(tokenizer.is_end(5));
  EXPECT_FALSE(tokenizer.is_end(1));
  EXPECT_FALSE(tokenizer.is_end(format::kNoToken));
}

/// Pushes the text in parts of `part_bytes`, flushes, and joins what comes out.
std::string streamed(const std::string& text, size_t part_bytes, bool drop_first_space = false) {
  TextStream stream(drop_first_space);
  std::string joined;
  for (size_t at = 0; at < text.size(); at += part_bytes) {
    const std::string part = text.substr(at, part_bytes);
    std::vector<char> out(3 * (part.size() + 3));
    const size_t bytes = stream.push({part.data(), part.size()}, {out.data(), out.size()}).value();
    joined.append(out.data(), bytes);
  }
  char out[3];
  const size_t bytes = stream.flush(out).value();
  return joined.append(out, bytes);
}

TEST(TextStream, MalformedSequencesBecomeReplacementCharacters) {
  const std::string r = "\xEF\xBF\xBD";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z", "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z"},
      {"\x80", r},
      {"\xC0\x80", r + r},
      {"\xE2\x82", r},
      {"\xE2\x82z", r + "z"},
      {"\xED\xA0\x80", r + r + r},
      {"\xF4\x90\x80\x80", r + r + r + r},
      {"\xF0\x9F\x98\xC3\xA9", r + "\xC3\xA9"},
      {"\xFE\xFF", r + r}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(streamed(text, 1), expected);
}

TEST(TextStream, WhereTheTextIsCutMakesNoDifference) {
  std::string text;
  for (int pair = 0; pair < 0x10000; ++pair) {
    text += {static_cast<char>(pair >> 8), static_cast<char>(pair)};
  }
  const std::string whole = streamed(text, text.size());
  for (const size_t part_bytes : {1u, 2u, 3u, 5u, 64u}) {
    EXPECT_EQ(streamed(text, part_bytes), whole) << part_bytes;
  }
}

TEST(TextStream, DropsOneLeadingSpaceIfAsked) {
  EXPECT_EQ(streamed("  a b", 1, true), " a b");
  EXPECT_EQ(streamed("a b", 1, true), "a b");
  EXPECT_EQ(streamed(" a b", 1, false), " a b");
}

TEST(TextStream, HoldsBackWhatIsNotYetACharacter) {
  TextStream stream(false);
  char out[18];
  EXPECT_EQ(stream.push({"\xF0\x9F\x98", 3}, out).value(), 0u);
  EXPECT_EQ(stream.push({"\x80", 1}, out).value(), 4u);
  EXPECT_EQ(stream.flush(out).value(), 0u);
}

TEST(TextStream, RefusesABufferThatMightBeTooSmallAndKeepsItsState) {
  TextStream stream(false);
  char out[6];
  EXPECT_EQ(stream.push({"abc", 3}, out).error(), Error::BufferTooSmall);
  EXPECT_EQ(stream.push({"ab", 2}, out).value(), 2u);
  EXPECT_EQ(stream.push({"\xC3", 1}, out).value(), 0u);
  EXPECT_EQ(stream.flush({out, 2}).error(), Error::BufferTooSmall);
  EXPECT_EQ(stream.flush({out, 3}).value(), 3u);
}

}  // namespace
}  // namespace nibble::test
