// Vocabularies that do not fit their model, or that are not vocabularies at all.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/bad_input/corrupted_model.h"

namespace nibble::test {
namespace {

constexpr const char* kFile = "tokenizer.model";

class TokenizerFile : public testing::Test {
 protected:
  CorruptedModel model_;
  const std::string good_ = model_.text(kFile);

  void expect_refused_as(const std::string& bytes) {
    model_.set_text(kFile, bytes);
    expect_refused(model_, kFile);
  }
};

std::string piece_message(const std::string& piece) {
  // Field 1 of the model: a message whose own field 1 is the text and field 2 the score, 0.
  const std::string body = "\x0A" + std::string(1, static_cast<char>(piece.size())) + piece +
                           std::string("\x15\0\0\0\0", 5);
  return "\x0A" + std::string(1, static_cast<char>(body.size())) + body;
}

TEST_F(TokenizerFile, MissingIsRefused) {
  std::filesystem::remove(model_.folder() / kFile);
  expect_refused(model_, "tokenizer");
}

TEST_F(TokenizerFile, EmptyIsRefused) {
  expect_refused_as("");
}

TEST_F(TokenizerFile, TruncationsAreRefused) {
  for (size_t length = 1; length < good_.size(); length += 1 + good_.size() / 40)
    expect_refused_as(good_.substr(0, length));
}

TEST_F(TokenizerFile, M11MorePiecesThanTheVocabularyAreRefused) {
  model_.set_text(kFile, piece_message("one-too-many") + good_);
  expect_refused(model_, "vocab_size");
}

TEST_F(TokenizerFile, T05LengthsBeyondTheFileAreRefused) {
  expect_refused_as(good_ + "\x0A\xFF\xFF\xFF\xFF\x0F");
  expect_refused_as(good_ + "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
}

TEST_F(TokenizerFile, VarintWithoutEndIsRefused) {
  expect_refused_as(good_ + "\x0A" + std::string(20, '\xFF'));
}

TEST_F(TokenizerFile, OtherFormatsAreRefused) {
  expect_refused_as("{\"model\":{}}");
  expect_refused_as(std::string("PK\3\4", 4) + std::string(64, '\0'));
}

class SpecialTokens : public testing::Test {
 protected:
  CorruptedModel model_;

  /// Changes these members of the good file, and nothing else.
  void expect_refused_with(const nlohmann::json& members) {
    model_.patch_config(members);
    model_.set_text("generation_config.json", members.dump());
    expect_refused(model_, members.begin().key());
  }
};

TEST_F(SpecialTokens, M14BeginOfTextOutOfRangeIsRefused) {
  expect_refused_with({{"bos_token_id", 4294967294u}});
}
TEST_F(SpecialTokens, M14BeginOfTextJustOutOfRangeIsRefused) {
  const auto config = nlohmann::json::parse(model_.text("config.json"));
  expect_refused_with({{"bos_token_id", config.at("vocab_size")}});
}
TEST_F(SpecialTokens, M14EndOfTextOutOfRangeIsRefused) {
  expect_refused_with({{"eos_token_id", 1u << 31}});
}
TEST_F(SpecialTokens, M14OneOfSeveralEndsOutOfRangeIsRefused) {
  expect_refused_with({{"eos_token_id", {2, 1u << 30}}});
}
TEST_F(SpecialTokens, M14NegativeIdIsRefused) {
  expect_refused_with({{"eos_token_id", -2}});
}
TEST_F(SpecialTokens, M14IdAsTextIsRefused) {
  expect_refused_with({{"eos_token_id", "</s>"}});
}

}  // namespace
}  // namespace nibble::test
