// Configurations: what is read, and that all else is refused by name.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/config_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "offline/architectures/llama.h"
#include "tests/offline/formats/expect_refusal.h"

namespace nibble::test {
namespace {

using nlohmann::json;
using offline::DecoderParameters;
using offline::JsonValue;
using offline::read_model_config;
using offline::RopeScaling;

json config() {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_size", 256},
          {"intermediate_size", 768},
          {"num_hidden_layers", 6},
          {"num_attention_heads", 8},
          {"vocab_size", 4096},
          {"max_position_embeddings", 512},
          {"rms_norm_eps", 1e-5}};
}

DecoderParameters read(const json& changes) {
  json document = config();
  document.update(changes);
  // As from a file: C++ literals are signed, numbers in JSON text are not.
  const JsonValue config(json::parse(document.dump()), "config.json");
  return dynamic_cast<const DecoderParameters&>(*read_model_config(config).shape);
}

void refuse(const json& changes, const std::string& part) {
  SCOPED_TRACE(changes.dump());
  expect_refusal([&] { read(changes); }, "config.json: " + part);
}

TEST(Config, FillsInWhatIsNotGiven) {
  const DecoderParameters shape = read(json::object());
  EXPECT_EQ(shape.num_key_value_heads, 8u);
  EXPECT_EQ(shape.head_dim, 32u);
  EXPECT_EQ(shape.rotary[0].theta, 10000);
  EXPECT_EQ(shape.rotary[0].scaling, RopeScaling::None);
  EXPECT_FALSE(shape.tie_word_embeddings);
  EXPECT_FALSE(shape.qkv_bias);
}

TEST(Config, TakesAHeadDimensionThatDoesNotFollow) {
  EXPECT_EQ(read({{"head_dim", 128}}).head_dim, 128u);
  EXPECT_EQ(read({{"head_dim", 40}, {"num_attention_heads", 3}}).head_dim, 40u);
}

TEST(Config, ReadsLinearScalingUnderEitherKey) {
  for (const char* const key : {"type", "rope_type"}) {
    const DecoderParameters shape = read({{"rope_scaling", {{key, "linear"}, {"factor", 2.5}}}});
    EXPECT_EQ(shape.rotary[0].scaling, RopeScaling::Linear);
    EXPECT_EQ(shape.rotary[0].factor, 2.5);
  }
}

TEST(Config, ReadsLlama3ScalingAndJoinedParameters) {
  const json scaling = {{"rope_type", "llama3"},  {"factor", 8.0},
                        {"low_freq_factor", 1.0}, {"high_freq_factor", 4.0},
                        {"rope_theta", 500000.0}, {"original_max_position_embeddings", 8192}};
  const DecoderParameters shape = read({{"rope_parameters", scaling}});
  EXPECT_EQ(shape.rotary[0].scaling, RopeScaling::Llama3);
  EXPECT_EQ(shape.rotary[0].theta, 500000);
  EXPECT_EQ(shape.rotary[0].original_context, 8192u);
  refuse({{"rope_parameters", scaling}, {"rope_theta", 10000}}, "/rope_parameters/rope_theta");
  refuse({{"rope_parameters", scaling}, {"rope_scaling", scaling}}, "/rope_scaling");
}

TEST(Config, RefusesOtherScalingsByName) {
  for (const char* const type : {"dynamic", "mrope", "proportional", "ntk"}) {
    refuse({{"rope_scaling", {{"type", type}, {"factor", 2}}}},
           "/rope_scaling/type: \"" + std::string(type));
    refuse({{"rope_scaling", {{"rope_type", type}, {"factor", 2}}}}, "/rope_scaling/rope_type");
  }
  refuse({{"rope_scaling", {{"type", "linear"}, {"rope_type", "llama3"}, {"factor", 2}}}},
         "/rope_scaling/type: differs");
  refuse({{"rope_scaling", {{"factor", 2}}}}, "/rope_scaling/type: is missing");
  refuse({{"rope_scaling", {{"type", "linear"}}}}, "/rope_scaling/factor: is missing");
  refuse({{"rope_scaling", {{"type", "linear"}, {"factor", 2}, {"attention_factor", 2}}}},
         "/rope_scaling/attention_factor");
  refuse({{"rope_scaling", "linear"}}, "/rope_scaling: is \"linear\", must be an object");
}

TEST(Config, RefusesScalingParametersOutOfRange) {
  const auto linear = [](const json& factor) {
    return json{{"rope_scaling", {{"type", "linear"}, {"factor", factor}}}};
  };
  for (const json& factor : {json(0), json(-1), json(0.5), json(1e30), json("2"), json(nullptr)}) {
    refuse(linear(factor), "/rope_scaling/factor");
  }
  refuse({{"rope_scaling",
           {{"rope_type", "llama3"},
            {"factor", 8},
            {"low_freq_factor", 4},
            {"high_freq_factor", 4},
            {"original_max_position_embeddings", 8192}}}},
         "/rope_scaling/high_freq_factor");
}

TEST(Config, RefusesNumbersThatDoNotDivide) {
  refuse({{"num_key_value_heads", 3}}, "/num_key_value_heads");
  refuse({{"num_key_value_heads", 16}}, "/num_key_value_heads");
  refuse({{"num_attention_heads", 7}}, "/num_attention_heads");
  refuse({{"num_attention_heads", 64}}, "/num_attention_heads");  // heads of 4
  refuse({{"head_dim", 12}}, "/head_dim");
  refuse({{"head_dim", 264}}, "/head_dim");
}

TEST(Config, RefusesSizesOutOfRangeOrType) {
  for (const char* const key :
       {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "vocab_size", "max_position_embeddings", "num_key_value_heads", "head_dim"}) {
    for (const json& value : {json(0), json(-1), json(1.5), json(256.0), json("256"), json(true),
                              json(4294967296), json(4294967295)}) {
      refuse({{key, value}}, "/" + std::string(key));
    }
  }
  refuse({{"vocab_size", nullptr}}, "/vocab_size: is missing");
}

TEST(Config, RefusesFloatsOutOfRange) {
  for (const json& value : {json(0), json(-1), json(1e30), json("1e-5"), json(1e-45)}) {
    refuse({{"rms_norm_eps", value}}, "/rms_norm_eps");
    refuse({{"rope_theta", value}}, "/rope_theta");
  }
}

TEST(Config, RefusesWhatChangesTheComputationByName) {
  refuse({{"hidden_act", "gelu"}}, "/hidden_act: is \"gelu\"");
  refuse({{"mlp_bias", 1}}, "/mlp_bias");
  refuse({{"pretraining_tp", 2}}, "/pretraining_tp");
  refuse({{"sliding_window", 4096}}, "/sliding_window");
  refuse({{"partial_rotary_factor", 0.5}}, "/partial_rotary_factor");
  refuse({{"quantization_config", {{"bits", 4}}}}, "/quantization_config");
  refuse({{"num_local_experts", 8}}, "/num_local_experts");
  refuse({{"model_type", "mistral"}}, "/model_type");
  refuse({{"architectures", {"MixtralForCausalLM"}}}, "/architectures");
  refuse({{"architectures", json::array()}}, "/architectures");
  refuse({{"attention_bias", 1}}, "/attention_bias");
}

TEST(Config, RefusesOtherArchitecturesWithTheListOfKnownOnes) {
  refuse({{"architectures", {"MixtralForCausalLM"}}, {"model_type", "mixtral"}},
         "/architectures: is [\"MixtralForCausalLM\"], which is not supported; supported: "
         "LlamaForCausalLM");
  refuse({{"architectures", {"LlamaForCausalLM", "LlamaForCausalLM"}}}, "/architectures");
  refuse({{"architectures", nullptr}}, "/architectures: is missing");
}

TEST(Config, RefusesQuantizedWeightsByTheirMethod) {
  refuse({{"quantization_config", {{"bits", 4}, {"quant_method", "gptq"}}}},
         "/quantization_config: says that the weights are quantized already, by \"gptq\"; give");
}

TEST(Config, IgnoresWhatDoesNot) {
  EXPECT_NO_THROW(read({{"sliding_window", nullptr},
                        {"pretraining_tp", 1},
                        {"hidden_act", "silu"},
                        {"torch_dtype", "bfloat16"},
                        {"use_cache", true},
                        {"initializer_range", 0.02}}));
}

TEST(Config, RefusesDocumentsThatAreNoObject) {
  expect_refusal([] { read_model_config(JsonValue(json::array(), "config.json")); },
                 "config.json: /: is [], must be an object");
}

}  // namespace
}  // namespace nibble::test
