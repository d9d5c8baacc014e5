// The verifier of tokenizer tables: each promise broken once, then every byte.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "offline/files/input_error.h"
#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::test {
namespace {

const offline::Vocabulary kVocabulary = small_vocabulary({"ab", "a", "b", " ", " a"}, {"<x>"});
constexpr Token kFirstByte = 3, kFirstPiece = 3 + 256;  // "ab"

void expect_refused(const std::function<void(Tables&)>& damage) {
  Tables tables(kVocabulary);
  ASSERT_TRUE(tables.bind().ok());
  damage(tables);
  EXPECT_EQ(tables.bind().error(), Error::BadTokenizer);
}

TEST(TokenizerTables, FindEveryMatchablePieceAndNoOther) {
  const Tables tables(kVocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  const TokenizerTables view(tokenizer);
  const auto find = [&](std::string_view text) { return view.find({text.data(), text.size()}); };
  EXPECT_EQ(find("ab"), kFirstPiece);
  for (const char* text : {"<s>", "<unk>", "<x>", "c", "", "abc"}) {
    EXPECT_EQ(find(text), format::kNoToken) << text;
  }
}

TEST(TokenizerTables, RefuseOffsetsThatDoNotAscendToThePoolsEnd) {
  expect_refused([](Tables& tables) { tables.offsets()[0] = 1; });
  expect_refused([](Tables& tables) { tables.offsets()[5] = 0xFFFFFFFF; });
  expect_refused([](Tables& tables) { tables.offsets()[5] = 0; });
  expect_refused([](Tables& tables) { tables.offsets()[tables.manifest.vocabulary] += 1; });
}

TEST(TokenizerTables, RefuseAPieceBeyondTheLongest) {
  offline::Vocabulary vocabulary = kVocabulary;
  vocabulary.pieces[kFirstPiece].text.assign(format::kMaxPieceBytes, 'x');
  EXPECT_TRUE(Tables(vocabulary).bind().ok());
  vocabulary.pieces[kFirstPiece].text += 'x';
  EXPECT_EQ(Tables(vocabulary).bind().error(), Error::BadTokenizer);
}

TEST(TokenizerTables, RefuseTypesThatDoNotExist) {
  expect_refused([](Tables& tables) { tables.types()[0] = 6; });
  expect_refused([](Tables& tables) { tables.types()[kFirstPiece] = 255; });
}

TEST(TokenizerTables, RefuseAnEmptyPieceThatTextCouldMatch) {
  offline::Vocabulary vocabulary = kVocabulary;
  vocabulary.pieces[kFirstPiece].text.clear();
  EXPECT_EQ(Tables(vocabulary).bind().error(), Error::BadTokenizer);
}

TEST(TokenizerTables, RefuseRanksOutOfRangeOrOfPiecesThatDoNotMerge) {
  expect_refused([](Tables& tables) { tables.ranks()[kFirstPiece] = tables.manifest.vocabulary; });
  expect_refused([](Tables& tables) { tables.ranks()[1] = 0; });
  expect_refused([](Tables& tables) { tables.ranks()[tables.manifest.vocabulary - 1] = 0; });
}

TEST(TokenizerTables, RefuseByteTokensMissingSharedOrOfAnotherByte) {
  expect_refused([](Tables& tables) { tables.byte_tokens()[7] = format::kNoToken; });
  expect_refused([](Tables& tables) { tables.byte_tokens()[7] = tables.manifest.vocabulary; });
  expect_refused([](Tables& tables) { tables.byte_tokens()[7] = kFirstPiece; });
  expect_refused([](Tables& tables) { tables.byte_tokens()[7] = tables.byte_tokens()[8]; });
  expect_refused(
      [](Tables& tables) { std::swap(tables.byte_tokens()[7], tables.byte_tokens()[8]); });
}

TEST(TokenizerTables, RefuseSlotsThatMissMisplaceRepeatOrInvent) {
  const auto filled = [](Tables& tables) {
    return std::find_if(tables.slots(), tables.slots() + tables.manifest.hash_slots,
                        [](uint32_t slot) { return slot != format::kNoToken; });
  };
  const auto empty = [](Tables& tables) {
    return std::find(tables.slots(), tables.slots() + tables.manifest.hash_slots, format::kNoToken);
  };
  expect_refused([&](Tables& tables) { *filled(tables) = format::kNoToken; });
  expect_refused([&](Tables& tables) { *filled(tables) = tables.manifest.vocabulary; });
  expect_refused([&](Tables& tables) { *filled(tables) = kFirstByte; });
  expect_refused([&](Tables& tables) { *empty(tables) = kFirstPiece; });
  expect_refused([&](Tables& tables) { std::swap(*filled(tables), *empty(tables)); });
}

TEST(TokenizerTables, RefuseSlotsWithoutAnEmptyOne) {
  offline::Vocabulary vocabulary = small_vocabulary({"a", "b", "c", "d"}, {}, false);
  Tables tables(vocabulary);
  // Four pieces in four slots: shrink the table by hand.
  const size_t slots_offset =
      static_cast<size_t>(reinterpret_cast<uint8_t*>(tables.slots()) - tables.section.data());
  const std::vector<uint32_t> old(tables.slots(), tables.slots() + tables.manifest.hash_slots);
  tables.section.erase(
      tables.section.begin() + static_cast<ptrdiff_t>(slots_offset),
      tables.section.begin() + static_cast<ptrdiff_t>(slots_offset + (old.size() - 4) * 4));
  tables.manifest.hash_slots = 4;
  std::fill(tables.slots(), tables.slots() + 4, format::kNoToken);
  for (Token token = 3; token < 7; ++token) {
    const char text = "abcd"[token - 3];
    uint32_t at = piece_hash(Text(&text, 1)) & 3;
    while (tables.slots()[at] != format::kNoToken) at = (at + 1) & 3;
    tables.slots()[at] = token;
  }
  EXPECT_EQ(tables.bind().error(), Error::BadTokenizer);
}

TEST(TokenizerTables, RefuseTwoPiecesOfOneText) {
  offline::Vocabulary vocabulary = small_vocabulary({"ab", "ab"});
  EXPECT_EQ(Tables(vocabulary).bind().error(), Error::BadTokenizer);
}

TEST(TokenizerTables, RefuseASectionOfAnotherSizeOrAlignment) {
  Tables tables(kVocabulary);
  const Bytes section(tables.section.data(), tables.section.size());
  EXPECT_EQ(bind_tokenizer(tables.manifest, section.first(section.size() - 1)).error(),
            Error::BadTokenizer);
  EXPECT_EQ(bind_tokenizer(tables.manifest, section.from(4)).error(), Error::ArenaMisaligned);
}

TEST(TokenizerTables, WithAnyByteChangedAreRefusedOrStillSafeToUse) {
  Tables tables(kVocabulary);
  for (uint8_t& byte : tables.section) {
    const uint8_t before = byte;
    for (const uint8_t change : {0x01, 0x80, 0xFF}) {
      byte = before ^ change;
      const Result<Tokenizer> tokenizer = tables.bind();
      if (tokenizer.ok()) encode(tokenizer.value(), "abab <x> \xE2\x96\x81 c\xFF");
    }
    byte = before;
  }
}

TEST(TokenizerTables, HoldPiecesThatAllWantTheSameSlot) {
  // A table of 2^k slots sees k bits of the hash: the packer must grow it until the rest differ.
  std::vector<std::string> pieces;
  for (int i = 0; pieces.size() < 2 * format::kMaxProbes; ++i) {
    const std::string text = "p" + std::to_string(i);
    if ((piece_hash({text.data(), text.size()}) & 0xFFF) == 0) pieces.push_back(text);
  }
  const Tables tables(small_vocabulary(pieces));
  EXPECT_TRUE(tables.bind().ok());
  EXPECT_GT(tables.manifest.hash_slots, 0xFFFu);
}

}  // namespace
}  // namespace nibble::test
