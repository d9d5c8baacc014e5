// A folder's vocabulary: which file is read, special tokens from everywhere, embedding size.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/vocabulary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/sentencepiece_bytes.h"

namespace nibble::test {
namespace {

using offline::Vocabulary;
constexpr uint32_t kPieces = 3 + 256 + 1;

class VocabularyFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("vocabulary_") +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    write("tokenizer.model",
          special_pieces() + byte_pieces() + piece("a", -1) + trainer() + normalizer());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  Vocabulary read(uint32_t rows = kPieces) { return offline::read_vocabulary(folder_, rows); }
  void expect_refused(const std::string& part, uint32_t rows = kPieces) {
    expect_refusal([&] { read(rows); }, part);
  }

  std::filesystem::path folder_;
};

TEST_F(VocabularyFolder, WithoutOtherFilesTheModelsOwnTokensStay) {
  const Vocabulary vocabulary = read();
  EXPECT_EQ(vocabulary.bos, 1u);
  EXPECT_EQ(vocabulary.eos, std::vector<uint32_t>{2});
  EXPECT_TRUE(vocabulary.flags & format::kAddBos);
}

TEST_F(VocabularyFolder, WithNeitherFileIsRefused) {
  std::filesystem::remove(folder_ / "tokenizer.model");
  expect_refused("neither tokenizer.model nor tokenizer.json");
}

TEST_F(VocabularyFolder, TheModelIsPreferredToTheJson) {
  write("tokenizer.json", "not JSON");
  EXPECT_EQ(read().pieces.size(), kPieces);
  std::filesystem::remove(folder_ / "tokenizer.model");
  expect_refused("tokenizer.json");
}

TEST_F(VocabularyFolder, RowsWithoutAPieceAreUnusedAndPiecesWithoutARowRefused) {
  const Vocabulary vocabulary = read(kPieces + 2);
  EXPECT_EQ(vocabulary.pieces.size(), kPieces + 2);
  EXPECT_EQ(vocabulary.pieces.back().type, format::PieceType::Unused);
  expect_refused("vocab_size", kPieces - 1);
}

TEST_F(VocabularyFolder, EveryEndTokenNamedEndsAReply) {
  write("tokenizer_config.json", R"({"eos_token": {"content": "a"}})");
  write("generation_config.json", R"({"eos_token_id": [2, 5]})");
  write("config.json", R"({"eos_token_id": 2})");
  EXPECT_EQ(read().eos, (std::vector<uint32_t>{259, 2, 5}));
}

TEST_F(VocabularyFolder, RefusesTooManyEndTokensAndBadOnes) {
  write("generation_config.json", R"({"eos_token_id": [2, 3, 4, 5, 6]})");
  expect_refused("more than 4");
  for (const char* id : {"260", "-1", "1.5", "\"2\"", "[[2]]", "4294967298"}) {
    write("generation_config.json", std::string(R"({"eos_token_id": )") + id + "}");
    expect_refused("generation_config.json: /eos_token_id");
  }
  write("generation_config.json", "[]");
  expect_refused("must be an object");
}

TEST_F(VocabularyFolder, RefusesAMillionEndTokensWithoutComparingEachWithEach) {
  constexpr uint32_t kRows = 1 << 20;
  std::string ids = "0";
  for (uint32_t id = 1; id < kRows; ++id) ids += "," + std::to_string(id);
  write("generation_config.json", R"({"eos_token_id": [)" + ids + "]}");
  expect_refused("more than 4", kRows);
}

TEST_F(VocabularyFolder, RefusesBeginTokensThatContradict) {
  write("tokenizer_config.json", R"({"bos_token": "<s>"})");
  write("config.json", R"({"bos_token_id": 1})");
  EXPECT_EQ(read().bos, 1u);
  write("config.json", R"({"bos_token_id": 2})");
  expect_refused("config.json: /bos_token_id");
}

TEST_F(VocabularyFolder, RefusesATokenTextThatIsNotInTheVocabulary) {
  write("tokenizer_config.json", R"({"bos_token": "<bos>"})");
  expect_refused("/bos_token: names '<bos>'");
}

TEST_F(VocabularyFolder, TheConfigSwitchesWhatIsPutBeforeTheText) {
  write("tokenizer_config.json", R"({"add_bos_token": false, "add_prefix_space": false})");
  EXPECT_EQ(read().flags, format::kByteFallback);
  write("tokenizer_config.json", R"({"add_eos_token": true, "eos_token": "</s>"})");
  EXPECT_TRUE(read().flags & format::kAddEos);
  write("tokenizer_config.json", R"({"add_eos_token": 1})");
  expect_refused("/add_eos_token");
  write("tokenizer_config.json", R"({"add_bos_token": 1})");
  expect_refused("/add_bos_token");
}

TEST_F(VocabularyFolder, AddedTokensTakeRowsWithoutAPiece) {
  write("tokenizer_config.json", R"({"eos_token": "<|end|>", "added_tokens_decoder": {
    "1": {"content": "<s>", "special": true},
    "260": {"content": "<|end|>", "special": true},
    "261": {"content": "<x>", "special": false}}})");
  const Vocabulary vocabulary = read(kPieces + 2);
  EXPECT_EQ(vocabulary.eos, std::vector<uint32_t>{260});
  EXPECT_EQ(vocabulary.pieces[260].type, format::PieceType::Control);
  EXPECT_EQ(vocabulary.pieces[261].type, format::PieceType::UserDefined);
  expect_refused("/added_tokens_decoder/261", kPieces + 1);
}

}  // namespace
}  // namespace nibble::test
