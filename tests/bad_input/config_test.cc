// Configurations that cannot be, or that this project does not run: refused by the member's name.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/bad_input/corrupted_model.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;

struct Patch {
  const char* row;  ///< of the catalog
  const char* name;
  const char* member;  ///< what the message has to name
  Json members;
};

void PrintTo(const Patch& patch, std::ostream* out) {
  *out << patch.name << ' ' << patch.members;
}

class Config : public testing::TestWithParam<Patch> {};

TEST_P(Config, IsRefusedByTheMembersName) {
  CorruptedModel model;
  model.patch_config(GetParam().members);
  const std::string message = expect_refused(model, "config.json");
  EXPECT_NE(message.find(GetParam().member), std::string::npos) << message;
}

const Patch kPatches[] = {
    {"M01", "NoLayers", "num_hidden_layers", {{"num_hidden_layers", 0}}},
    {"M01", "TooManyLayers", "num_hidden_layers", {{"num_hidden_layers", 4294967295u}}},
    {"M02", "NoHeads", "num_attention_heads", {{"num_attention_heads", 0}}},
    {"M02", "NoKvHeads", "num_key_value_heads", {{"num_key_value_heads", 0}}},
    {"M03", "KvHeadsDoNotDivide", "num_key_value_heads", {{"num_key_value_heads", 3}}},
    {"M04",
     "HeadsDoNotDivide",
     "num_attention_heads",
     {{"num_attention_heads", 7}, {"num_key_value_heads", 7}, {"head_dim", nullptr}}},
    {"M04", "OddHeads", "head_dim", {{"head_dim", 9}}},
    {"M04", "HugeHeads", "head_dim", {{"head_dim", 1024}}},
    {"M06", "ThetaOfZero", "rope_theta", {{"rope_theta", 0}}},
    {"M06", "NegativeTheta", "rope_theta", {{"rope_theta", -1}}},
    {"M06", "HugeTheta", "rope_theta", {{"rope_theta", 1e38}}},
    {"M07",
     "ScalingByZero",
     "factor",
     {{"rope_scaling", {{"rope_type", "linear"}, {"factor", 0}}}}},
    {"M07",
     "ScalingWithoutContext",
     "original_max_position_embeddings",
     {{"rope_scaling",
       {{"rope_type", "llama3"}, {"factor", 8}, {"low_freq_factor", 1}, {"high_freq_factor", 4}}}}},
    {"M07", "UnknownScaling", "mrope", {{"rope_scaling", {{"rope_type", "mrope"}, {"factor", 2}}}}},
    {"M08", "EpsilonOfZero", "rms_norm_eps", {{"rms_norm_eps", 0}}},
    {"M08", "NegativeEpsilon", "rms_norm_eps", {{"rms_norm_eps", -1e-5}}},
    {"M08", "HugeEpsilon", "rms_norm_eps", {{"rms_norm_eps", 1e30}}},
    {"M09", "NoContext", "max_position_embeddings", {{"max_position_embeddings", 0}}},
    {"M09", "HugeContext", "max_position_embeddings", {{"max_position_embeddings", 2147483648u}}},
    {"M11", "NoVocabulary", "vocab_size", {{"vocab_size", 0}}},
    {"M12", "NoFeedForward", "intermediate_size", {{"intermediate_size", 0}}},
    {"J10", "OtherArchitecture", "MambaForCausalLM", {{"architectures", {"MambaForCausalLM"}}}},
    {"J10", "OtherActivation", "hidden_act", {{"hidden_act", "gelu"}}},
    {"J10", "FeedForwardBias", "mlp_bias", {{"mlp_bias", 1}}},
    {"J10", "UnknownMember", "sliding_window", {{"sliding_window", 4096}}},
    {"J03", "WidthAsText", "hidden_size", {{"hidden_size", "64"}}},
    {"J03", "FractionalWidth", "hidden_size", {{"hidden_size", 64.5}}},
    {"J03", "NegativeWidth", "hidden_size", {{"hidden_size", -64}}},
};

INSTANTIATE_TEST_SUITE_P(Patches, Config, testing::ValuesIn(kPatches), [](const auto& instance) {
  return std::string(instance.param.row) + instance.param.name;
});

/// Where shapes disagree, either the weights or the configuration is wrong: the message names one.
TEST(ConfigAgainstWeights, M11VocabularyUnlikeTheEmbedding) {
  CorruptedModel model;
  model.patch_config({{"vocab_size", 257}});
  expect_refused(model, "vocab");
}

TEST(ConfigAgainstWeights, M12FeedForwardUnlikeTheWeights) {
  CorruptedModel model;
  model.patch_config({{"intermediate_size", 32}});
  expect_refused(model, "mlp");
}

TEST(ConfigAgainstWeights, M21TiedHeadThatIsStoredAnywayIsNotTheEmbedding) {
  CorruptedModel model;
  model.patch_config({{"tie_word_embeddings", true}});
  expect_refused(model, "lm_head");
}

class ConfigText : public testing::Test {
 protected:
  void expect_refused_as(const std::string& text) {
    CorruptedModel model;
    model.set_text("config.json", text);
    expect_refused(model, "config.json");
  }
  const std::string good_ = CorruptedModel().text("config.json");
};

TEST_F(ConfigText, J01MillionBracketsAreRefused) {
  expect_refused_as(std::string(1'000'000, '['));
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "{\"a\":";
  expect_refused_as(nested);
}

TEST_F(ConfigText, J02HugeFileIsRefused) {
  expect_refused_as("{\"a\":\"" + std::string(50'000'000, 'x') + "\"}");
}

TEST_F(ConfigText, J03NumbersThatAreNoneAreRefused) {
  for (const char* number : {"1e999", "01", "NaN", "0x1", "+1", "1.", "Infinity"})
    expect_refused_as("{\"vocab_size\":" + std::string(number) + "," + good_.substr(1));
}

TEST_F(ConfigText, J04BrokenEscapesAreRefused) {
  for (const char* text : {"\\uD800", "\\uDC00\\uD800", "\\q", "\xFF"})
    expect_refused_as("{\"_name_or_path\":\"" + std::string(text) + "\"," + good_.substr(1));
}

TEST_F(ConfigText, J05DuplicateMemberIsRefused) {
  expect_refused_as("{\"vocab_size\":1," + good_.substr(1));
}

TEST_F(ConfigText, J12EveryTruncationIsRefused) {
  for (size_t length = 0; length + 1 < good_.size(); length += 1 + good_.size() / 40)
    expect_refused_as(good_.substr(0, length));
}

TEST_F(ConfigText, J12OtherEncodingsAreRefused) {
  std::string wide = "\xFF\xFE";
  for (const char c : good_) wide += std::string{c, '\0'};
  expect_refused_as(wide);
}

TEST(ConfigFile, MissingIsRefused) {
  CorruptedModel model;
  std::filesystem::remove(model.folder() / "config.json");
  expect_refused(model, "config.json");
}

}  // namespace
}  // namespace nibble::test
