// Token ids of published tokenizers, from both their files, against ids computed elsewhere.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_file.h"
#include "offline/formats/huggingface/tokenizer_json.h"
#include "offline/formats/huggingface/vocabulary_folder.h"
#include "offline/formats/llama2c/tokenizer_bin.h"
#include "offline/formats/sentencepiece.h"
#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::test {
namespace {

const std::filesystem::path kModels = std::filesystem::path(NIBBLE_SOURCE_DIR) / "tests/models";
const std::filesystem::path kShared =
    std::filesystem::path(NIBBLE_SOURCE_DIR) / "../shared/tokenizers";

/// "a\n<separator>\nb" to its texts.
std::vector<std::string> read_texts(const std::filesystem::path& path) {
  const std::string separator = "\n__ggml_vocab_test__\n";
  const std::string all = offline::read_input_file(path, 1 << 20);
  std::vector<std::string> texts;
  size_t at = 0;
  for (size_t end; (end = all.find(separator, at)) != all.npos; at = end + separator.size()) {
    texts.push_back(all.substr(at, end - at));
  }
  return texts;  // the last one ends with the separator, too
}

/// @param expected  NAME.inp and NAME.out, which llama.cpp has from the publishers' own tokenizers
void expect_known_ids(const offline::Vocabulary& vocabulary, const std::string& expected) {
  offline::check_vocabulary(vocabulary, expected);
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  std::istringstream lines(
      offline::read_input_file(kShared / "expected" / (expected + ".out"), 1 << 20));
  for (const std::string& text : read_texts(kShared / "expected" / (expected + ".inp"))) {
    std::string ids, wanted;
    ASSERT_TRUE(std::getline(lines, wanted)) << "fewer results than texts";
    for (const Token token : encode(tokenizer, text, EncodeMode::WholeText)) {
      ids += " " + std::to_string(token);
    }
    EXPECT_EQ(ids, wanted) << text;
  }
}

TEST(PublishedTokenizers, Llama2sModelGivesTheKnownIds) {
  const std::filesystem::path path = kShared / "llama2-spm/tokenizer.model";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  expect_known_ids(
      offline::parse_sentencepiece(offline::read_input_file(path, 16 << 20), path.string()),
      "llama-spm");
}

TEST(PublishedTokenizers, Llama2sVocabularyOfLlama2cGivesTheKnownIds) {
  const std::filesystem::path path = kShared / "llama2-spm/tokenizer.bin";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  constexpr uint32_t kLlama2Tokens = 32000;
  expect_known_ids(offline::parse_tokenizer_bin(offline::read_input_file(path, 16 << 20),
                                                kLlama2Tokens, path.string()),
                   "llama-spm");
}

/// A folder of ../shared/tokenizers, and the texts that it is tried on.
struct Published {
  const char *folder, *expected;
};

class PublishedJson : public testing::TestWithParam<Published> {};

TEST_P(PublishedJson, GivesTheKnownIds) {
  const std::filesystem::path path = kShared / GetParam().folder / "tokenizer.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  expect_known_ids(offline::parse_tokenizer_json(offline::read_json_document(path)),
                   GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, PublishedJson,
                         testing::Values(Published{"llama2-spm", "llama-spm"},
                                         Published{"gpt2", "gpt-2"},
                                         Published{"llama3.1", "llama-bpe"},
                                         Published{"qwen2", "qwen2"}),
                         [](const auto& tested) {
                           std::string name = tested.param.expected;
                           std::erase(name, '-');
                           return name;
                         });

TEST(PublishedTokenizers, OurModelsPromptsGiveTheirReferenceIds) {
  const offline::Vocabulary vocabulary = offline::read_vocabulary(kModels / "kdoc-6m", 4096);
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  const auto reference = offline::read_json_file(kModels / "kdoc-6m/reference.json");
  for (const auto& prompt : reference.at("prompts")) {
    EXPECT_EQ(encode(tokenizer, prompt.at("prompt").get<std::string>(), EncodeMode::Prompt),
              prompt.at("ids").get<std::vector<Token>>());
  }
}

}  // namespace
}  // namespace nibble::test
