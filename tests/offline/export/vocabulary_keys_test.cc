// Published vocabularies, written as GGUF keys and read again, are what they were.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/vocabulary_keys.h"

#include <gtest/gtest.h>

#include "offline/formats/gguf/gguf_vocabulary.h"
#include "offline/formats/huggingface/tokenizer_json.h"
#include "offline/formats/registry.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/same_model.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

offline::Vocabulary written_and_read(const offline::Vocabulary& vocabulary) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "vocabulary.gguf";
  offline::GgufKeys keys;
  offline::add_vocabulary_keys(vocabulary, keys);
  offline::write_gguf(path, keys, {});
  return offline::read_gguf_vocabulary(
      offline::read_gguf(path), static_cast<uint32_t>(vocabulary.pieces.size()), path.string());
}

TEST(VocabularyKeys, OfSentencePieceComeBack) {
  const offline::Vocabulary vocabulary = offline::read_model(kdoc_folder()).vocabulary;
  expect_same_vocabulary(written_and_read(vocabulary), vocabulary);
}

TEST(VocabularyKeys, OfChatTemplatesComeBack) {
  offline::Vocabulary vocabulary = offline::read_model(kdoc_folder()).vocabulary;
  vocabulary.chat_source = "{% for m in messages %}<|user|>{{ m }}{{ eos_token }}{% endfor %}";
  expect_same_vocabulary(written_and_read(vocabulary), vocabulary);
}

/// GPT-2 has one merge per piece, Llama 3 all splits of each, Qwen 2 composed text.
TEST(VocabularyKeys, OfByteLevelBpeComeBack) {
  for (const char* const name : {"gpt2", "llama3.1", "qwen2"}) {
    SCOPED_TRACE(name);
    const auto path = source_folder() / "../shared/tokenizers" / name / "tokenizer.json";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    offline::Vocabulary vocabulary =
        offline::parse_tokenizer_json(offline::read_json_document(path));
    for (offline::Piece& piece : vocabulary.pieces) piece.rules = 0;  // GGUF has no room for them
    vocabulary.eos = {static_cast<uint32_t>(vocabulary.pieces.size() - 1)};
    expect_same_vocabulary(written_and_read(vocabulary), vocabulary);
  }
}

TEST(VocabularyKeys, ThatGgufDoesNotHaveAreRefused) {
  offline::Vocabulary vocabulary = offline::read_model(kdoc_folder()).vocabulary;
  offline::GgufKeys keys;
  vocabulary.kind = format::TokenizerKind::Unigram;
  expect_refusal([&] { offline::add_vocabulary_keys(vocabulary, keys); },
                 "is of a kind that cannot be exported");
  vocabulary.kind = format::TokenizerKind::ByteLevelBpe;
  vocabulary.split_steps = {format::SplitStep::Spaces};
  expect_refusal([&] { offline::add_vocabulary_keys(vocabulary, keys); },
                 "splits text in a way that GGUF has no name for");
}

}  // namespace
}  // namespace nibble::test
