// tokenizer.model: what is read, what is refused by name, and that no damage does worse.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/sentencepiece.h"

#include <gtest/gtest.h>

#include <limits>

#include "offline/formats/vocabulary.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/sentencepiece_bytes.h"

namespace nibble::test {
namespace {

using format::PieceType;
using offline::Vocabulary;

Vocabulary parse_model(const std::string& model) {
  return offline::parse_sentencepiece(model, "tokenizer.model");
}
void expect_refused(const std::string& model, const std::string& part) {
  expect_refusal([&] { offline::check_vocabulary(parse_model(model), "tokenizer.model"); }, part);
}
std::string model_of(const std::string& pieces) {
  return special_pieces() + byte_pieces() + pieces + trainer() + normalizer();
}

TEST(SentencePiece, ReadsPiecesFlagsAndSpecialTokens) {
  const Vocabulary vocabulary = parse_model(model_of(piece("\xE2\x96\x81"
                                                           "a",
                                                           -1) +
                                                     piece("<x>", 0, kUserDefined)));
  EXPECT_EQ(vocabulary.flags, format::kAddDummyPrefix | format::kAddBos | format::kByteFallback);
  EXPECT_EQ(vocabulary.unknown, 0u);
  EXPECT_EQ(vocabulary.bos, 1u);
  EXPECT_EQ(vocabulary.eos, std::vector<uint32_t>{2});
  EXPECT_EQ(vocabulary.pieces.at(3 + 0x41).text, "A");
  EXPECT_EQ(vocabulary.pieces.at(3 + 0x41).type, PieceType::Byte);
  EXPECT_EQ(vocabulary.pieces.at(259).text, " a");
  EXPECT_EQ(vocabulary.pieces.at(260).type, PieceType::UserDefined);
}

TEST(SentencePiece, RanksAreTheDistinctScoresOfNormalPiecesBestFirst) {
  const Vocabulary vocabulary = parse_model(model_of(
      piece("a", -3) + piece("b", 0.0f) + piece("c", -3) + piece("d", -1e9f) + piece("e", -0.0f)));
  const uint32_t expected[] = {1, 0, 1, 2, 0};
  for (uint32_t i = 0; i < 5; ++i) EXPECT_EQ(vocabulary.pieces.at(259 + i).rank, expected[i]);
  EXPECT_EQ(vocabulary.pieces.at(0).rank, format::kNoRank);
}

TEST(SentencePiece, ANormalPieceWithAPlainSpaceMatchesNothing) {
  const Vocabulary vocabulary = parse_model(model_of(piece("a b", -1)));
  EXPECT_EQ(vocabulary.pieces.at(259).type, PieceType::Unused);
}

TEST(SentencePiece, RefusesWhatItDoesNotSupportByName) {
  const std::string pieces = special_pieces() + byte_pieces();
  const auto with_normalizer = [&](const std::string& fields) {
    return pieces + trainer() + bytes_field(3, fields);
  };
  for (const uint64_t type : {0, 3, 4})  // of no kind, words, characters
    expect_refused(pieces + bytes_field(2, varint_field(3, type)) + normalizer(), "BPE");
  expect_refused(pieces + trainer(), "normalizer_spec");
  expect_refused(with_normalizer(varint_field(4, 0) + bytes_field(2, "x")), "precompiled_charsmap");
  expect_refused(with_normalizer(""), "remove_extra_whitespaces");
  expect_refused(with_normalizer(varint_field(4, 0) + varint_field(5, 0)), "escape_whitespaces");
  expect_refused(pieces + bytes_field(2, varint_field(3, 2) + varint_field(24, 1)) + normalizer(),
                 "treat_whitespace_as_suffix");
}

TEST(SentencePiece, RefusesBadPieces) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  expect_refused(model_of(piece("a", kNan)), "score");
  expect_refused(model_of(piece("a", std::numeric_limits<float>::infinity())), "score");
  expect_refused(model_of(piece("a", 0, 7)), "piece type 7");
  expect_refused(model_of(piece("")), "empty piece");
  expect_refused(model_of(piece("a") + piece("a", -1)), "same text as piece 259");
  expect_refused(model_of(piece("\xE2\x96\x81\xE2")), "UTF-8");
  expect_refused(model_of(piece(std::string(2000, 'a'))), "1024");
  expect_refused(model_of(piece("<u2>", 0, kUnknown)), "two unknown");
}

TEST(SentencePiece, RefusesBadBytePieces) {
  for (const char* text : {"<0x-1>", "<0xZZ>", "<0x100>", "<0x>", "<0xab>", "A"}) {
    expect_refused(model_of(piece(text, 0, kByte)), "byte piece");
  }
  expect_refused(model_of(piece("<0x41>", 0, kByte)), "same byte as piece 68");
  expect_refused(special_pieces() + piece("<0x41>", 0, kByte) + trainer() + normalizer(),
                 "no piece for byte 0");
}

TEST(SentencePiece, RefusesMalformedProtobufWithItsOffset) {
  expect_refused(std::string("\x0A", 1), "offset 0");
  expect_refused(model_of("") + "\x0A\x7F", "offset " + std::to_string(model_of("").size()));
  expect_refused("\x0B", "wire type 3");
  expect_refused(std::string("\x02\x00", 2), "field number");
  expect_refused("\x48\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", "64 bits");
  expect_refused(std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11), "too early");
  expect_refused(varint_field(1, 5), "wire type 0 instead of 2");
}

TEST(SentencePiece, NoTruncationIsAcceptedAsAnotherVocabulary) {
  const std::string model = model_of(piece("ab", -1) + piece("a", -2));
  // The last field is the normalizer: without its last byte nothing is whole.
  for (size_t bytes = 0; bytes < model.size(); ++bytes) {
    EXPECT_THROW(parse_model(model.substr(0, bytes)), offline::InputError) << bytes;
  }
}

TEST(SentencePiece, NoChangedByteDoesWorseThanARefusal) {
  std::string model = model_of(piece("ab", -1) + piece("a", -2));
  for (char& byte : model) {
    const char before = byte;
    for (const int change : {0x01, 0x80, 0xFF}) {
      byte = static_cast<char>(before ^ change);
      try {
        offline::check_vocabulary(parse_model(model), "tokenizer.model");
      } catch (const offline::InputError&) {
      }
    }
    byte = before;
  }
}

}  // namespace
}  // namespace nibble::test
