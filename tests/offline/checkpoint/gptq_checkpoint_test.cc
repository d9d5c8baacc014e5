// GPTQ checkpoints: the formula of their readers gives the weights that the blob would have.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/checkpoint/gptq_checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "offline/files/half.h"
#include "offline/formats/safetensors.h"
#include "offline/weights/memory_weights.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using format::Role;
using format::TensorType;
using offline::Network;
using offline::QuantizedMatrix;
using offline::Scheme;
using offline::TensorPlan;

QuantizedMatrix random_matrix(const Scheme& scheme, uint32_t rows, uint32_t columns) {
  std::mt19937 random(rows * 31 + columns);
  QuantizedMatrix matrix(scheme, rows, columns);
  const bool is_int8 = scheme.type == TensorType::Int8;
  for (int8_t& code : matrix.codes) {
    code = static_cast<int8_t>(is_int8 ? static_cast<int>(random() % 255) - 127
                                       : static_cast<int>(random() % 16));
  }
  for (uint16_t& scale : matrix.scales) {
    scale = offline::half_from_float(static_cast<float>(static_cast<int>(random() % 2001) - 1000) /
                                     4096);
  }
  for (uint8_t& zero : matrix.zeros) zero = static_cast<uint8_t>(random() % 16);
  return matrix;
}

TensorPlan plan_of(const std::string& name, Role role, const Scheme& scheme, uint32_t rows,
                   uint32_t columns) {
  return {name,
          role,
          0,
          scheme,
          rows,
          columns,
          offline::hold_quantized(random_matrix(scheme, rows, columns)),
          {}};
}

/// A file, its table of tensors, and the bytes behind it.
class WrittenFile {
 public:
  explicit WrittenFile(const Network& network) {
    offline::write_gptq_tensors(network, folder_ / "model.safetensors");
    bytes_ = read_file(folder_ / "model.safetensors");
    uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), 8);
    table_ = nlohmann::json::parse(bytes_.substr(8, length));
    bytes_.erase(0, 8 + length);
  }

  const nlohmann::json& table() const { return table_; }
  std::filesystem::path path() const { return folder_ / "model.safetensors"; }

  template <class T>
  std::vector<T> read(const std::string& name) const {
    const nlohmann::json& offsets = table_.at(name).at("data_offsets");
    const size_t begin = offsets.at(0), end = offsets.at(1);
    std::vector<T> values((end - begin) / sizeof(T));
    std::memcpy(values.data(), bytes_.data() + begin, end - begin);
    return values;
  }

 private:
  TemporaryFolder folder_;
  std::string bytes_;
  nlohmann::json table_;
};

/// Weights [out, in] of a module, by the formula that GPTQ's readers use.
std::vector<float> dequantize(const WrittenFile& file, const std::string& module, uint32_t bits,
                              uint32_t zero_bias) {
  const auto qweight = file.read<uint32_t>(module + ".qweight");
  const auto qzeros = file.read<uint32_t>(module + ".qzeros");
  const auto scales = file.read<uint16_t>(module + ".scales");
  const auto g_idx = file.read<uint32_t>(module + ".g_idx");
  const uint32_t out = file.table().at(module + ".scales").at("shape").at(1);
  const uint32_t zero_words = file.table().at(module + ".qzeros").at("shape").at(1);
  const uint32_t per_word = 32 / bits, mask = (1u << bits) - 1;
  std::vector<float> weights(out * g_idx.size());
  for (uint32_t o = 0; o < out; ++o) {
    for (uint32_t i = 0; i < g_idx.size(); ++i) {
      const uint32_t q = qweight[i / per_word * out + o] >> i % per_word * bits & mask;
      const uint32_t z = qzeros[g_idx[i] * zero_words + o / per_word] >> o % per_word * bits & mask;
      const float scale = offline::float_from_half(scales[g_idx[i] * out + o]);
      weights[o * g_idx.size() + i] =
          scale * static_cast<float>(static_cast<int>(q) - static_cast<int>(z + zero_bias));
    }
  }
  return weights;
}

std::vector<float> values_of(const TensorPlan& plan) {
  std::vector<float> values(size_t{plan.rows} * plan.columns);
  plan.source->read_rows(0, values);
  return values;
}

const Scheme kInt4{TensorType::Int4, 32}, kInt8{TensorType::Int8, 64},
    kZero{TensorType::Int4Zero, 32};

TEST(GptqCheckpoint, HasTheSameWeightsForItsReaders) {
  Network network;
  // 72 columns leave a last group of 8; 20 rows do not fill the last word of zero points.
  network.tensors = {plan_of("a.weight", Role::Query, kInt4, 20, 72),
                     plan_of("b.weight", Role::FfnDown, kInt8, 20, 72)};
  const WrittenFile file(network);
  EXPECT_EQ(dequantize(file, "a", 4, 1), values_of(network.tensors[0]));
  EXPECT_EQ(dequantize(file, "b", 8, 1), values_of(network.tensors[1]));
}

TEST(GptqCheckpoint, StoresZeroPointsAsTheyAreWhereOneMayBeZero) {
  Network network;
  network.tensors = {plan_of("a.weight", Role::Query, kInt4, 16, 64),
                     plan_of("b.weight", Role::FfnDown, kZero, 16, 64)};
  const WrittenFile file(network);
  EXPECT_EQ(dequantize(file, "a", 4, 0), values_of(network.tensors[0]));
  EXPECT_EQ(dequantize(file, "b", 4, 0), values_of(network.tensors[1]));
  const auto settings = offline::gptq_settings(network, "nibble:1");
  EXPECT_EQ(settings.at("checkpoint_format"), "gptq_v2");
  EXPECT_EQ(settings.at("sym"), false);
}

TEST(GptqCheckpoint, HasHalvesForEmbeddingAndNorms) {
  Network network;
  network.tensors = {plan_of("model.embed_tokens.weight", Role::Embedding, kInt4, 24, 64),
                     {"model.norm.weight",
                      Role::FinalNorm,
                      format::kNoLayer,
                      {TensorType::F32Vector, 0},
                      1,
                      4,
                      offline::hold_floats(1, 4, {1, -2, 0.5F, 3}),
                      {}}};
  const WrittenFile file(network);
  EXPECT_EQ(file.table().at("model.embed_tokens.weight").at("shape"), (nlohmann::json{24, 64}));
  EXPECT_EQ(file.table().at("model.norm.weight").at("shape"), nlohmann::json::array({4}));
  EXPECT_EQ(file.read<uint16_t>("model.norm.weight"),
            (std::vector<uint16_t>{0x3C00, 0xC000, 0x3800, 0x4200}));
  const std::vector<float> expected = values_of(network.tensors[0]);
  const auto found = file.read<uint16_t>("model.embed_tokens.weight");
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(found[i], offline::half_from_float(expected[i])) << i;
  }
}

TEST(GptqCheckpoint, IsAWellFormedFileOfSafetensors) {
  Network network;
  network.tensors = {plan_of("a.weight", Role::Query, kInt4, 16, 64),
                     plan_of("h.weight", Role::Head, kInt8, 16, 64)};
  const WrittenFile file(network);
  // The reader refuses types that no model has, I32 among them: the table is looked at by hand.
  EXPECT_EQ(file.table().at("__metadata__").at("format"), "pt");
  EXPECT_EQ(file.table().at("a.qweight").at("shape"), (nlohmann::json{8, 16}));
  EXPECT_EQ(file.table().at("a.qzeros").at("shape"), (nlohmann::json{2, 2}));
  EXPECT_EQ(file.table().at("a.scales").at("shape"), (nlohmann::json{2, 16}));
  EXPECT_EQ(file.table().at("a.g_idx").at("shape"), nlohmann::json::array({64}));
  EXPECT_EQ(file.table().size(), 6u);
}

TEST(GptqSettings, NameEverySchemeThatIsNotTheUsualOne) {
  Network network;
  network.tensors = {plan_of("layers.0.a.weight", Role::Query, kInt8, 16, 64),
                     plan_of("b.weight", Role::FfnDown, kInt4, 16, 64),
                     plan_of("c.weight", Role::FfnUp, kInt4, 16, 64),
                     plan_of("e.weight", Role::Embedding, kInt8, 500, 64)};
  const auto settings = offline::gptq_settings(network, "nibble:1");
  EXPECT_EQ(settings.at("bits"), 4);
  EXPECT_EQ(settings.at("group_size"), 32);
  EXPECT_EQ(settings.at("sym"), true);
  EXPECT_EQ(settings.at("checkpoint_format"), "gptq");
  EXPECT_EQ(settings.at("dynamic"),
            (nlohmann::json{{R"(+:^layers\.0\.a$)", {{"bits", 8}, {"group_size", 64}}}}));
}

}  // namespace
}  // namespace nibble::test
