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

void expect_llama_ids(const offline::Vocabulary& vocabulary) {
  offline::check_vocabulary(vocabulary, "llama2-spm");
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  std::istringstream lines(offline::read_input_file(kShared / "expected/llama-spm.out", 1 << 20));
  for (const std::string& text : read_texts(kShared / "expected/llama-spm.inp")) {
    std::string ids, expected;
    ASSERT_TRUE(std::getline(lines, expected)) << "fewer results than texts";
    for (const Token token : encode(tokenizer, text, EncodeMode::WholeText)) {
      ids += " " + std::to_string(token);
    }
    EXPECT_EQ(ids, expected) << text;
  }
}

TEST(PublishedTokenizers, Llama2sModelGivesTheKnownIds) {
  const std::filesystem::path path = kShared / "llama2-spm/tokenizer.model";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  expect_llama_ids(
      offline::parse_sentencepiece(offline::read_input_file(path, 16 << 20), path.string()));
}

TEST(PublishedTokenizers, Llama2sJsonGivesTheKnownIds) {
  const std::filesystem::path path = kShared / "llama2-spm/tokenizer.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  expect_llama_ids(offline::parse_tokenizer_json(offline::read_json_document(path)));
}

TEST(PublishedTokenizers, ByteLevelTokenizersAreRefusedByName) {
  for (const char* name : {"gpt2", "llama3.1", "qwen2"}) {
    const std::filesystem::path path = kShared / name / "tokenizer.json";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    EXPECT_THROW(offline::parse_tokenizer_json(offline::read_json_document(path)),
                 offline::InputError);
  }
}

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
