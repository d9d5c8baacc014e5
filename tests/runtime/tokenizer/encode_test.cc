// Encoding: SentencePiece's rule on small vocabularies, hostile text, and every limit.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <random>

#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::test {
namespace {

constexpr Token kUnknown = 0, kBegin = 1, kByteZero = 3;

std::string split(const Tables& tables, std::string_view text,
                  EncodeMode mode = EncodeMode::Continue) {
  const Tokenizer tokenizer = tables.bind().value();
  return joined(tokenizer, encode(tokenizer, text, mode));
}

TEST(Encode, MergesTheBestRankFirst) {
  EXPECT_EQ(split(Tables(small_vocabulary({"bc", "ab", "a", "b", "c"})), "abc"), "a|bc");
  EXPECT_EQ(split(Tables(small_vocabulary({"ab", "bc", "a", "b", "c"})), "abc"), "ab|c");
}

TEST(Encode, MergesTheLeftmostAmongEquals) {
  EXPECT_EQ(split(Tables(small_vocabulary({"aa", "a"})), "aaa"), "aa|a");
  offline::Vocabulary vocabulary = small_vocabulary({"ab", "bc", "a", "b", "c"});
  for (offline::Piece& piece : vocabulary.pieces) {
    if (piece.type == format::PieceType::Normal) piece.rank = 0;
  }
  EXPECT_EQ(split(Tables(vocabulary), "abc"), "ab|c");
}

TEST(Encode, NeverMakesAPieceWithoutARank) {
  offline::Vocabulary vocabulary = small_vocabulary({"a", "b", "ab"});
  vocabulary.pieces.back().rank = format::kNoRank;
  EXPECT_EQ(split(Tables(vocabulary), "ab"), "a|b");
}

TEST(Encode, MakesLongPiecesOnlyThroughPieces) {
  EXPECT_EQ(split(Tables(small_vocabulary({"abc", "a", "b", "c"})), "abc"), "a|b|c");
  EXPECT_EQ(split(Tables(small_vocabulary({"abcd", "ab", "cd", "a", "b", "c", "d"})), "abcd"),
            "abcd");
}

TEST(Encode, MatchesUserDefinedPiecesFirstLongestFirstAndMergesThemWithNothing) {
  const Tables tables(small_vocabulary({"ab", "a<", "<xb", "a<x", "a", "b", "<"}, {"<x", "<x>"}));
  EXPECT_EQ(split(tables, "ab<x>ab"), "ab|<x>|ab");
  EXPECT_EQ(split(tables, "a<xb"), "a|<x|b");
  EXPECT_EQ(split(tables, "a<b"), "a<|b");
}

TEST(Encode, ControlTextIsOnlyText) {
  const Tables tables(small_vocabulary({"<", "s", ">"}));
  EXPECT_EQ(split(tables, "<s>"), "<|s|>");
}

TEST(Encode, ASpaceMarkIsASpace) {
  const Tables tables(small_vocabulary({" a", "a", " "}));
  EXPECT_EQ(split(tables,
                  " a\xE2\x96\x81"
                  "a"),
            " a| a");
}

TEST(Encode, EachModeAddsWhatItSays) {
  const Tables tables(small_vocabulary({" a", "a", " "}));
  const Tokenizer bound = tables.bind().value();
  const Token word = kByteZero + 256;  // " a"
  EXPECT_EQ(encode(bound, "a", EncodeMode::Prompt), (std::vector<Token>{kBegin, word}));
  EXPECT_EQ(encode(bound, "a", EncodeMode::WholeText), (std::vector<Token>{word}));
  EXPECT_EQ(encode(bound, "a", EncodeMode::Continue), (std::vector<Token>{word + 1}));
}

TEST(Encode, EmptyTextIsEmptyButForTheBeginToken) {
  const Tables tables(small_vocabulary({" "}));
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_EQ(encode(tokenizer, "", EncodeMode::Prompt), (std::vector<Token>{kBegin}));
  EXPECT_TRUE(encode(tokenizer, "", EncodeMode::WholeText).empty());
  EXPECT_TRUE(encode(tokenizer, "", EncodeMode::Continue).empty());
}

TEST(Encode, WhatNoPieceMatchesBecomesItsBytes) {
  const Tables tables(small_vocabulary({"a"}));
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_EQ(encode(tokenizer, "a\xC3\xA9"),
            (std::vector<Token>{kByteZero + 256, kByteZero + 0xC3, kByteZero + 0xA9}));
  EXPECT_EQ(encode(tokenizer, std::string_view("\0\xFF", 2)),
            (std::vector<Token>{kByteZero, kByteZero + 0xFF}));
}

TEST(Encode, WithoutBytesARunOfUnknownCharactersIsOneToken) {
  const Tables tables(small_vocabulary({"a"}, {}, false));
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_EQ(encode(tokenizer, "\xC3\xA9xa\xFFy"), (std::vector<Token>{kUnknown, 3, kUnknown}));
}

TEST(Encode, AllBytePairsComeBackAsTheyWent) {
  const Tables tables(small_vocabulary({"a", " ", "\xC3\xA9", "aa"}));
  const Tokenizer tokenizer = tables.bind().value();
  for (int pair = 0; pair < 0x10000; ++pair) {
    const std::string text = {static_cast<char>(pair >> 8), static_cast<char>(pair)};
    std::string back;
    for (const Token token : encode(tokenizer, text)) {
      back.append(tokenizer.piece(token).data(), tokenizer.piece(token).size());
    }
    ASSERT_EQ(back, text);
  }
}

TEST(Encode, MalformedBytesStandAlone) {
  const Tables tables(small_vocabulary({"a"}));
  const Tokenizer tokenizer = tables.bind().value();
  for (const std::string text : {"\xC0\x80", "\x80", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                 "\xFE\xFF", "\xE2\x96", "\xEF\xBB\xBF"}) {
    const std::vector<Token> tokens = encode(tokenizer, text);
    ASSERT_EQ(tokens.size(), text.size());
    for (size_t i = 0; i < text.size(); ++i) {
      EXPECT_EQ(tokens[i], kByteZero + static_cast<uint8_t>(text[i]));
    }
  }
}

/// The rule by its definition: look at all pairs, merge the best, start over.
std::string slow_split(const offline::Vocabulary& vocabulary, const std::string& text) {
  std::vector<std::string> parts;
  for (const char c : text) parts.emplace_back(1, c);
  while (true) {
    size_t best = parts.size();
    uint32_t best_rank = format::kNoRank;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      for (const offline::Piece& piece : vocabulary.pieces) {
        const bool reads =
            piece.type == format::PieceType::Normal && piece.text == parts[i] + parts[i + 1];
        if (reads && piece.rank < best_rank) {
          best = i;
          best_rank = piece.rank;
        }
      }
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
  std::string split;
  for (const std::string& part : parts) split += (split.empty() ? "" : "|") + part;
  return split;
}

TEST(Encode, AgreesWithTheDefinitionOnRandomVocabulariesAndTexts) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> pieces;
    for (int i = 0; i < 40; ++i) {
      std::string piece;
      const int length = 2 + static_cast<int>(random() % 4);
      for (int c = 0; c < length; ++c) piece += "abc"[random() % 3];
      if (std::find(pieces.begin(), pieces.end(), piece) == pieces.end()) pieces.push_back(piece);
    }
    for (const char* piece : {"a", "b", "c"}) pieces.emplace_back(piece);
    offline::Vocabulary vocabulary = small_vocabulary(pieces);
    // Coarser ranks, so that there are ties.
    for (offline::Piece& piece : vocabulary.pieces) {
      if (piece.rank != format::kNoRank) piece.rank /= 1 + round % 5;
    }
    std::string text;
    for (int c = 0; c < 60; ++c) text += "abc"[random() % 3];
    ASSERT_EQ(split(Tables(vocabulary), text), slow_split(vocabulary, text)) << text;
  }
}

TEST(Encode, AMebibyteOfOneCharacterIsNoProblem) {
  std::vector<std::string> pieces;
  for (size_t length = 1; length <= format::kMaxPieceBytes; length *= 2) {
    pieces.emplace_back(length, 'a');
  }
  const Tables tables(small_vocabulary(pieces));
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_EQ(encode(tokenizer, std::string(1 << 20, 'a')).size(), (1u << 20) / 1024);
  EXPECT_EQ(encode(tokenizer, std::string(1 << 20, ' ')).size(), 1u << 20);
}

TEST(Encode, TooSmallAnOutputIsToldWhatItNeedsAndNotOverrun) {
  const Tables tables(small_vocabulary({"a"}));
  const Tokenizer tokenizer = tables.bind().value();
  std::vector<uint64_t> workspace(1000);
  const MutableBytes memory(reinterpret_cast<uint8_t*>(workspace.data()), workspace.size() * 8);
  constexpr Token kCanary = 0xABABABAB;
  for (const size_t capacity : {0u, 1u, 3u, 4u}) {
    std::vector<Token> out(6, kCanary);
    const Result<size_t> count =
        tokenizer.encode({"aaaa", 4}, EncodeMode::Continue, {out.data(), capacity}, memory);
    EXPECT_EQ(count.error(), capacity < 4 ? Error::BufferTooSmall : Error::None);
    EXPECT_EQ(count.failure().where, capacity < 4 ? 4u : 0u);
    EXPECT_EQ(out[capacity], kCanary);
  }
}

TEST(Encode, TooSmallOrMisalignedAWorkspaceIsRefused) {
  const Tables tables(small_vocabulary({"a"}));
  const Tokenizer tokenizer = tables.bind().value();
  std::vector<uint64_t> workspace(1000);
  uint8_t* const memory = reinterpret_cast<uint8_t*>(workspace.data());
  const size_t needed = tokenizer.workspace_bytes(4).value();
  Token out[4];
  const auto encode_in = [&](MutableBytes bytes) {
    return tokenizer.encode({"aaaa", 4}, EncodeMode::Continue, out, bytes).failure();
  };
  EXPECT_EQ(encode_in({memory, needed}).error, Error::None);
  EXPECT_EQ(encode_in({memory, needed - 1}).error, Error::ArenaTooSmall);
  EXPECT_EQ(encode_in({memory, needed - 1}).where, needed);
  EXPECT_EQ(encode_in({memory, 0}).error, Error::ArenaTooSmall);
  EXPECT_EQ(encode_in({memory + 4, needed}).error, Error::ArenaMisaligned);
}

TEST(Encode, TextsBeyondAGibibyteAreRefusedByTheirLengthAlone) {
  const Tables tables(small_vocabulary({"a"}));
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_TRUE(tokenizer.workspace_bytes(size_t{1} << 30).ok());
  for (const size_t bytes :
       {(size_t{1} << 30) + 1, size_t{1} << 31, (size_t{1} << 32) + 1, SIZE_MAX}) {
    EXPECT_EQ(tokenizer.workspace_bytes(bytes).error(), Error::SizeOverflow);
  }
}

}  // namespace
}  // namespace nibble::test
