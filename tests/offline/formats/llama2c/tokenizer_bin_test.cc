// tokenizer.bin: what is true is read, what is not is refused with its offset.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/llama2c/tokenizer_bin.h"

#include <gtest/gtest.h>

#include <bit>

#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/llama2c/llama2c_bytes.h"

namespace nibble::test {
namespace {

using namespace llama2c;

offline::Vocabulary parse(const std::string& bytes, uint32_t pieces = kPieces) {
  return offline::parse_tokenizer_bin(bytes, pieces, "tokenizer.bin");
}

void refuse(const std::string& bytes, const std::string& part, uint32_t pieces = kPieces) {
  SCOPED_TRACE(part);
  expect_refusal([&] { parse(bytes, pieces); }, "tokenizer.bin: ");
  expect_refusal([&] { parse(bytes, pieces); }, part);
}

TEST(TokenizerBin, RanksPiecesByTheirScores) {
  const offline::Vocabulary vocabulary = parse(tokenizer_bytes());
  ASSERT_EQ(vocabulary.pieces.size(), kPieces);
  EXPECT_EQ(vocabulary.pieces[3 + 'A'].text, "A");
  EXPECT_EQ(vocabulary.pieces[3 + 'A'].type, format::PieceType::Byte);
  EXPECT_EQ(vocabulary.pieces[259].text, " a");
  EXPECT_EQ(vocabulary.pieces[259].rank, 0u);
  EXPECT_EQ(vocabulary.pieces[260].rank, 2u);
  EXPECT_EQ(vocabulary.pieces[261].rank, 1u);
  EXPECT_EQ(vocabulary.pieces[262].rank, 0u);
  EXPECT_EQ(vocabulary.bos, 1u);
  EXPECT_EQ(vocabulary.eos, std::vector<uint32_t>{2});
}

TEST(TokenizerBin, L04CutAnywhereIsRefused) {
  const std::string whole = tokenizer_bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_THROW(parse(whole.substr(0, size)), offline::InputError);
  }
}

TEST(TokenizerBin, L05OfAnotherModelIsRefused) {
  refuse(tokenizer_bytes(), "goes on behind the 262 pieces", 262);
  refuse(tokenizer_bytes(), "ends within piece 263", 264);
  refuse(tokenizer_bytes(), "ends within piece 263", UINT32_MAX);
}

TEST(TokenizerBin, L06PiecesThatCannotBeAreRefused) {
  const std::string head = le(uint32_t{6});
  const std::string score = le(std::bit_cast<uint32_t>(0.0f));
  refuse(head + score + le(uint32_t{1} << 30), "offset 4: piece 0 has 1073741824 bytes");
  refuse(head + score + le(uint32_t{0xFFFFFFFF}), "piece 0 has 4294967295 bytes");
  refuse(head + piece_bytes("", 0), "has an empty piece");
  refuse(head + piece_bytes("x", std::bit_cast<float>(0x7FC00000)), "is not a finite number");
  std::string bytes = tokenizer_bytes();
  bytes.replace(bytes.find("<0x41>"), 6, "<0x4x>");
  refuse(bytes, "has byte piece '<0x4x>'");
}

}  // namespace
}  // namespace nibble::test
