// A model of every family that GGUF has: its folder and its exported file give the same bits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/families.h"

#include <gtest/gtest.h>

#include "offline/calibrate/built_model.h"
#include "offline/export/gguf_export.h"
#include "offline/formats/registry.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/same_model.h"
#include "tests/support/command.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_sources.h"

namespace nibble::test {
namespace {

using offline::SourceModel;

/// What GGUF cannot say is set as published models have it.
TinyDecoder gguf_form(TinyDecoder tiny) {
  if (tiny.name == "Llama") {
    tiny.config["rope_scaling"].erase("beta_fast");
    tiny.config["rope_scaling"].erase("beta_slow");
  }
  if (tiny.name == "Gemma2") tiny.config["query_pre_attn_scalar"] = 24;  // a head's width
  if (tiny.name == "SmolLm3") tiny.config.erase("no_rope_layers");
  return tiny;
}

bool has_gguf_form(const TinyDecoder& tiny) {
  const std::string architecture = tiny.config["architectures"][0];
  return offline::find_gguf_family_of(architecture) != nullptr;
}

std::vector<TinyDecoder> decoders_of_gguf() {
  std::vector<TinyDecoder> all;
  for (TinyDecoder& tiny : tiny_decoders()) {
    if (has_gguf_form(tiny)) all.push_back(gguf_form(std::move(tiny)));
  }
  return all;
}

struct Written {
  SourceModel model;
  offline::GgufSummary summary;
};

class GgufFiles {
 protected:
  Written written_and_read(const offline::ExportSource& source) {
    const auto path = folder_ / "model.gguf";
    Written written;
    written.summary = export_gguf(source, offline::ExportType::F32, "nibble", path);
    written.model = offline::read_model(path);
    return written;
  }

  TemporaryFolder folder_;
};

class GgufFamilies : public GgufFiles, public testing::TestWithParam<TinyDecoder> {};
INSTANTIATE_TEST_SUITE_P(Tiny, GgufFamilies, testing::ValuesIn(decoders_of_gguf()),
                         [](const auto& one) { return one.param.name; });

std::vector<uint32_t> logit_bits(const SourceModel& source) {
  const offline::BuiltModel built(source, source.compile_as_f16(), *offline::make_quantizer("rtn"));
  TestSession session(built.loaded().model(), {.batch_tokens = 4, .cache = CacheType::F16});
  std::vector<uint32_t> bits;
  for (Token token = 5; token < 35; ++token) {
    for (const uint32_t one : bits_of(session->decode(token * 11))) bits.push_back(one);
  }
  return bits;
}

TEST_P(GgufFamilies, ComeBackWithTheSameBits) {
  const SourceModel source = source_of(GetParam());
  const Written written = written_and_read(offline::export_source(source));
  EXPECT_EQ(written.summary.rounded, 0u);
  expect_same_network(written.model.compile_as_f16(), source.compile_as_f16());
  EXPECT_EQ(logit_bits(written.model), logit_bits(source));
}

/// A blob has increments where a folder has settings.
TEST_P(GgufFamilies, OfBlobsComeBackNearTheirWeights) {
  const SourceModel source = source_of(GetParam());
  offline::ExportSource exported = offline::export_source(source);
  exported.rotary.clear();
  const Written written = written_and_read(exported);
  const offline::Network found = written.model.compile_as_f16(), given = source.compile_as_f16();
  ASSERT_EQ(found.tensors.size(), given.tensors.size());
  for (size_t i = 0; i < found.tensors.size(); ++i) {
    ASSERT_EQ(found.tensors[i].increments.size(), given.tensors[i].increments.size());
    for (size_t pair = 0; pair < found.tensors[i].increments.size(); ++pair) {
      const auto expected = static_cast<double>(given.tensors[i].increments[pair]);
      EXPECT_NEAR(static_cast<double>(found.tensors[i].increments[pair]), expected,
                  1e-6 * expected);
    }
  }
}

class GgufFamily : public GgufFiles, public testing::Test {
 protected:
  void refuse(const TinyDecoder& tiny, const std::string& part) {
    SCOPED_TRACE(part);
    expect_refusal([&] { written_and_read(offline::export_source(source_of(tiny))); }, part);
  }
};

TEST_F(GgufFamily, ThatGgufLacksIsRefusedByName) {
  refuse(tiny_decoder("Opt"), "OPTForCausalLM: cannot be exported; architectures that can: Llama");
}

TEST_F(GgufFamily, WithSettingsThatGgufLacksIsRefusedByName) {
  refuse(tiny_decoder("Gemma2"),
         "Gemma2ForCausalLM: scales scores by 0.223607, which GGUF's gemma2 has no key for");
  refuse(tiny_decoder("SmolLm3"),
         "SmolLM3ForCausalLM: has no positions in layer 1, which GGUF's smollm3 has no key for");
  TinyDecoder tiny = tiny_decoder("GptNeoX");
  tiny.config["hidden_act"] = "gelu_new";
  refuse(tiny, "GPTNeoXForCausalLM: has the activation gelu_tanh, which GGUF's gptneox has no key");
  tiny = tiny_decoder("Gemma2");
  tiny.config["query_pre_attn_scalar"] = 24;
  tiny.config.erase("final_logit_softcapping");
  refuse(tiny, "Gemma2ForCausalLM: has no cap (final_logit_softcapping), which GGUF's gemma2");
}

TEST_F(GgufFamily, WhoseWindowsLlamaCppIgnoresSaysSo) {
  const Written written =
      written_and_read(offline::export_source(source_of(tiny_decoder("Mistral"))));
  EXPECT_EQ(written.summary.notes,
            std::vector<std::string>{"llama.cpp ignores the windows of llama: beyond position 7 it "
                                     "computes something else"});
  EXPECT_EQ(written.model.architecture->name, "MistralForCausalLM");
  EXPECT_TRUE(written_and_read(offline::export_source(source_of(tiny_decoder("Gemma3"))))
                  .summary.notes.empty());
}

}  // namespace
}  // namespace nibble::test
