// llama2.c checkpoints of every version, and files that lie about themselves.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/llama2c/checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "offline/formats/registry.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/llama2c/llama2c_bytes.h"
#include "tests/offline/formats/same_model.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using namespace llama2c;

TEST(Llama2cModel, Stories260kIsTheModelOfItsFolder) {
  const auto folder = source_folder() / "../shared/models/stories260k";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there";
  const offline::SourceModel checkpoint = offline::read_model(folder / "source/stories260K.bin");
  EXPECT_EQ(checkpoint.format, "llama2.c checkpoint, version 0");
  expect_same_model(checkpoint, offline::read_model(folder / "hf"));
}

class Llama2c : public ::testing::Test {
 protected:
  offline::Llama2cCheckpoint read(const std::string& bytes) {
    const std::filesystem::path path = folder_ / "model.bin";
    std::ofstream(path, std::ios::binary) << bytes;
    return offline::read_llama2c(path);
  }
  void refuse(const std::string& bytes, const std::string& part) {
    SCOPED_TRACE(part);
    expect_refusal([&] { read(bytes); }, part);
    expect_refusal([&] { read(bytes); }, "model.bin: offset ");
  }
  float element(const offline::Llama2cCheckpoint& checkpoint, const std::string& name, uint32_t row,
                uint32_t column) {
    const offline::Weights& weights = checkpoint.tensors.at(name).weights;
    std::vector<float> values(weights->columns());
    weights->read_rows(row, values);
    return values.at(column);
  }

  TemporaryFolder folder_;
};

TEST_F(Llama2c, Version0HasItsTensorsInTheOrderOfRunC) {
  for (const bool is_tied : {true, false}) {
    const auto checkpoint = read(version0(is_tied));
    EXPECT_EQ(checkpoint.header.is_tied, is_tied);
    EXPECT_EQ(checkpoint.header.vocab_size, kVocabulary);
    EXPECT_EQ(element(checkpoint, "model.embed_tokens.weight", 3, 5), 3 * 16 + 5);
    EXPECT_EQ(element(checkpoint, "model.layers.1.input_layernorm.weight", 0, 2), 128 + 16 + 2);
    // Queries of layer 1 start at 160 + 256; the file's row 2 is the second half's row 1.
    EXPECT_EQ(element(checkpoint, "model.layers.1.self_attn.q_proj.weight", 1, 0), 416 + 2 * 16);
    EXPECT_EQ(element(checkpoint, "model.layers.1.self_attn.q_proj.weight", 4, 0), 416 + 1 * 16);
    EXPECT_EQ(element(checkpoint, "model.layers.0.self_attn.v_proj.weight", 1, 0), 928 + 16);
    EXPECT_EQ(checkpoint.tensors.contains("lm_head.weight"), !is_tied);
    EXPECT_EQ(checkpoint.tensors.size(), 2 + 9 * kLayers + !is_tied);
  }
}

TEST_F(Llama2c, Version1HasItsNormsFirst) {
  const auto checkpoint = read(version1(false));
  EXPECT_EQ(checkpoint.header.version, 1u);
  EXPECT_EQ(element(checkpoint, "model.norm.weight", 0, 1), 4 * 16 + 1);
  EXPECT_EQ(element(checkpoint, "model.embed_tokens.weight", 0, 0), 5 * 16);
  EXPECT_TRUE(checkpoint.tensors.contains("lm_head.weight"));
}

TEST_F(Llama2c, Version2MultipliesCodesByTheScalesBehindThem) {
  const auto checkpoint = read(version2(32));
  EXPECT_EQ(checkpoint.header.group, 32u);
  // Element 2 · 16 + 3 of the embedding is in group 1: code 35, scale 2.
  EXPECT_EQ(element(checkpoint, "model.embed_tokens.weight", 2, 3), 35 * 2.0f);
  EXPECT_EQ(element(checkpoint, "model.layers.1.mlp.down_proj.weight", 6, 0),
            static_cast<int8_t>(144) * 5.0f);
  EXPECT_EQ(checkpoint.tensors.at("model.embed_tokens.weight").weights->nearest_scheme(),
            (offline::Scheme{format::TensorType::Int8, 32}));
}

TEST_F(Llama2c, L01CutAnywhereIsRefused) {
  for (const std::string& whole : {version0(true), version1(true), version2(32)}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      SCOPED_TRACE(size);
      EXPECT_THROW(read(whole.substr(0, size)), offline::InputError);
    }
    refuse(whole + "x", "has 1 bytes more than its header makes it");
  }
}

TEST_F(Llama2c, L02NumbersThatMakeNoSenseAreRefused) {
  for (const int32_t number : {0, -1, 7, 1 << 30, INT32_MAX, INT32_MIN}) {
    for (size_t at = 0; at < 7; ++at) {
      SCOPED_TRACE(std::to_string(number) + " at " + std::to_string(at));
      for (std::string bytes : {version0(true), "24ka" + le(uint32_t{1}) + version0(true)}) {
        const size_t start = bytes.starts_with("24ka") ? 8 : 0;
        std::memcpy(bytes.data() + start + 4 * at, &number, sizeof number);
        EXPECT_THROW(read(bytes), offline::InputError);
      }
    }
  }
  std::string bytes = version1(true);
  bytes[4] = 3;
  refuse(bytes, "is no header of a llama2.c checkpoint");
}

TEST_F(Llama2c, L03GroupsThatDoNotDivideAreRefused) {
  refuse(version2(32).replace(37, 4, le(uint32_t{0})), "is no header");
  refuse(version2(32).replace(37, 4, le(uint32_t{0xFFFFFFFF})), "is no header");
  refuse(version2(32).replace(37, 4, le(uint32_t{96})), "groups of 96 do not divide");
  refuse(version2(32).replace(37, 4, le(uint32_t{16})), "ends within");
}

}  // namespace
}  // namespace nibble::test
