// A GGUF file and the Hugging Face folder of the same model are the same model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>

#include "offline/formats/chat_templates.h"
#include "offline/formats/registry.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/gguf/tiny_gguf.h"
#include "tests/offline/formats/same_model.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

TEST(PublishedGguf, Kdoc6mIsTheModelOfItsFolder) {
  const auto path = source_folder() / "../shared/models/kdoc-6m-gguf/kdoc-6m-f16.gguf";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const offline::SourceModel gguf = offline::read_model(path);
  expect_same_model(gguf, offline::read_model(source_folder() / "tests/models/kdoc-6m"));
  EXPECT_EQ(gguf.format, "GGUF file");
  EXPECT_EQ(gguf.provenance.name, "kdoc-6m");
  EXPECT_EQ(gguf.provenance.source, "kdoc-6m-f16.gguf");
}

class GgufModel : public ::testing::Test {
 protected:
  offline::SourceModel read() {
    const std::filesystem::path path = folder_ / "tiny.gguf";
    std::ofstream(path, std::ios::binary) << file_.bytes();
    offline::SourceModel model = offline::read_model(path);
    model.compile_as_f16();
    return model;
  }
  void refuse(const std::string& part) {
    SCOPED_TRACE(part);
    expect_refusal([&] { read(); }, part);
  }

  TinyGguf file_;
  TemporaryFolder folder_;
};

TEST_F(GgufModel, IsRead) {
  const offline::SourceModel model = read();
  EXPECT_EQ(model.shape->head_dim, 8u);
  EXPECT_EQ(model.shape->num_key_value_heads, 2u);
  EXPECT_TRUE(model.shape->tie_word_embeddings);
  EXPECT_EQ(model.vocabulary.bos, 1u);
  EXPECT_EQ(model.vocabulary.eos, std::vector<uint32_t>{2});
  EXPECT_EQ(model.vocabulary.unknown, 0u);
  EXPECT_EQ(model.vocabulary.flags,
            uint32_t{format::kAddBos | format::kAddDummyPrefix | format::kByteFallback});
  EXPECT_EQ(model.provenance.name, "tiny");
}

TEST_F(GgufModel, HasTheChatTemplateOfItsKey) {
  file_.set_text("tokenizer.chat_template", "<|user|> <|assistant|> {{ eos_token }}");
  offline::Vocabulary vocabulary = read().vocabulary;
  offline::set_chat_template(vocabulary, "auto", "tiny");
  EXPECT_EQ(vocabulary.chat.name, "zephyr");
  EXPECT_EQ(vocabulary.chat.texts[static_cast<size_t>(format::ChatText::UserAfter)], "</s>\n");
  file_.set_text("tokenizer.chat_template", "<|im_start|> <|im_end|>");
  vocabulary = read().vocabulary;
  expect_refusal([&] { offline::set_chat_template(vocabulary, "auto", "tiny"); }, "<|im_start|>");
  file_.set_u32("tokenizer.chat_template", 7);
  refuse("/tokenizer.chat_template");
}

TEST_F(GgufModel, TakesValuesPerLayerThatAgree) {
  file_.set(array_key("llama.attention.head_count_kv", 4, 2, le(uint32_t{1}) + le(uint32_t{1})),
            "llama.attention.head_count_kv");
  expect_refusal([&] { read(); }, "self_attn.k_proj");  // one head of keys, where tensors have two
  file_.set(array_key("llama.attention.head_count_kv", 4, 2, le(uint32_t{2}) + le(uint32_t{1})),
            "llama.attention.head_count_kv");
  refuse("/llama.attention.head_count_kv: differs from layer to layer");
}

TEST_F(GgufModel, G12SettingsThatAreNotKnownAreRefusedByTheirKey) {
  file_.set_u32("llama.expert_count", 8);
  refuse("tiny.gguf: /llama.expert_count: is a setting that is not known");
  file_.erase("llama.expert_count");
  file_.set_text("llama.rope.scaling.type", "dynamic");
  refuse("/llama.rope.scaling.type: is \"dynamic\"; linear, yarn and longrope are supported");
  file_.set_text("llama.rope.scaling.type", "yarn");
  refuse("/llama.rope.scaling.factor");
  file_.erase("llama.rope.scaling.type");
  file_.set_u32("llama.attention.value_length", 4);
  refuse("/llama.attention.value_length: differs from key_length");
  file_.erase("llama.attention.value_length");
  file_.set_text("general.architecture", "bert");
  refuse("/general.architecture: is \"bert\", which is not supported; supported: llama");
}

TEST_F(GgufModel, G12SettingsOutOfRangeAreRefused) {
  file_.set_u32("llama.block_count", 0xFFFFFFFF);
  refuse("num_hidden_layers");
  file_.set_u32("llama.block_count", 0);
  refuse("num_hidden_layers");
  file_.set_u32("llama.block_count", 2);
  refuse("model.layers.1.input_layernorm.weight: is missing");
  file_.set_text("llama.block_count", "1");
  refuse("num_hidden_layers");
  file_.set_u32("llama.block_count", 1);
  file_.set_u32("llama.attention.head_count", 3);
  refuse("num_attention_heads");
}

TEST_F(GgufModel, G12FactorsOfRotaryWavesThatDoNotFitAreRefused) {
  file_.set_more_tensors({"rope_freqs.weight"});
  refuse("/rope_scaling/short_factor: has 16 numbers, must have 4, one for each pair that turns");
  file_.set_more_tensors({"rope_factors_long.weight"});
  refuse("/rope_scaling/short_factor");
  file_.set_more_columns(512);
  file_.set_more_tensors({"rope_freqs.weight"});
  refuse("tensor rope_freqs.weight: is no list of factors, one for each rotary pair");
}

TEST_F(GgufModel, G12ListsThatAreLongerThanThereAreLayersAreRefused) {
  file_.set(array_key("llama.attention.head_count_kv", 4, 5000, std::string(20000, '\1')),
            "llama.attention.head_count_kv");
  refuse("/llama.attention.head_count_kv: is a longer list than a model has layers");
}

TEST_F(GgufModel, G12TensorsThatAreNotOfTheFamilyAreRefusedByName) {
  for (const char* const name : {"blk.0.ssm_a", "blk.0.attn_q", "blk.00.attn_norm.weight",
                                 "blk.x.attn_norm.weight", "blk.0", "blk.", "mtp.weight"}) {
    file_.set_more_tensors({name});
    refuse("tensor " + std::string(name) + ": is not part of the architecture llama");
  }
  file_.set_more_tensors({"blk.7.attn_norm.weight"});
  refuse("tensor model.layers.7.input_layernorm.weight: is not part of the architecture");
}

TEST_F(GgufModel, G16VocabulariesThatContradictThemselvesAreRefused) {
  const std::string prefix = "tokenizer.ggml.";
  file_.set(array_key(prefix + "scores", 6, 2, std::string(8, '\0')), prefix + "scores");
  refuse("/tokenizer.ggml.scores: has 2 elements for 264 tokens");
  GgufTokens tokens;
  tokens.types[3] = 9;
  file_.set_tokens(tokens);
  refuse("/tokenizer.ggml.tokens/3: has unknown type 9");
  tokens.types[3] = -1;
  file_.set_tokens(tokens);
  refuse("/tokenizer.ggml.tokens/3: has unknown type -1");
  tokens = GgufTokens();
  tokens.texts[5] = "<0x-1>";
  file_.set_tokens(tokens);
  refuse("has byte piece '<0x-1>'");
  tokens = GgufTokens();
  tokens.texts[4] = tokens.texts[5];
  file_.set_tokens(tokens);
  refuse("stands for the same byte");
  tokens = GgufTokens();
  tokens.add("a", 1);
  file_.set_tokens(tokens);
  refuse("has the same text as piece 259");
  tokens = GgufTokens();
  tokens.add(std::string(2000, 'x'), 1);
  file_.set_tokens(tokens);
  refuse("is longer than 1024 bytes");
  file_.set_tokens(GgufTokens());
  file_.set_rows(file_.rows() - 1);
  refuse("has 264 tokens for an embedding of 263 rows");
}

TEST_F(GgufModel, G16SpecialTokensOutOfRangeOrUnknownAreRefused) {
  for (const char* const key : {"bos_token_id", "eos_token_id", "eot_token_id"}) {
    const std::string name = std::string("tokenizer.ggml.") + key;
    file_.set_u32(name, 264);
    refuse("/" + name + ": is 264, not a token id below 264");
    file_.set_text(name, "</s>");
    refuse("/" + name + ": is \"</s>\", must be");
    file_.erase(name);
  }
  file_.set_flag("tokenizer.ggml.add_eos_token");
  refuse("/tokenizer.ggml.add_eos_token: is true, which is not supported");
  file_.erase("tokenizer.ggml.add_eos_token");
  file_.set_text("tokenizer.ggml.model", "t5");
  refuse("/tokenizer.ggml.model: is \"t5\", which is not supported; \"llama\" and \"gpt2\" are");
}

TEST_F(GgufModel, G17PartsOfSplitModelsAreRefused) {
  file_.set_u32("split.count", 3);
  refuse("/split.count: says that this is one part of 3; join them");
}

}  // namespace
}  // namespace nibble::test
