// Shards and their index: they agree about every tensor, or the model is refused.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/weight_files.h"

#include <gtest/gtest.h>

#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/safetensors_text.h"
#include "tests/support/command.h"

namespace nibble::test {
namespace {

using offline::read_weight_files;
using offline::WeightFiles;

class WeightFolder : public ::testing::Test {
 protected:
  void shard(const std::string& file, const std::string& tensor, const std::string& data = "1234") {
    write_safetensors(folder_ / file, "{" + entry(tensor, "F32", "[1]", "[0,4]") + "}", data);
  }
  void index(const std::string& weight_map) {
    std::ofstream(folder_ / "model.safetensors.index.json")
        << R"({"metadata":{"total_size":8},"weight_map":)" << weight_map << "}";
  }
  void refuse(const std::string& part) {
    expect_refusal([&] { read_weight_files(folder_.path()); }, part);
  }

  TemporaryFolder folder_;
};

TEST_F(WeightFolder, WithoutWeightsIsRefused) {
  refuse("neither model.safetensors nor model.safetensors.index.json: it holds no weights");
  std::ofstream(folder_ / "pytorch_model.bin") << "PK\x03\x04";
  refuse("it holds pytorch_model.bin, a PyTorch file or another archive, which is not read");
}

TEST_F(WeightFolder, OfShardsHoldsTheTensorsOfAll) {
  shard("two.safetensors", "b");
  shard("one.safetensors", "a");
  index(R"({"b":"two.safetensors","a":"one.safetensors"})");
  const WeightFiles files = read_weight_files(folder_.path());
  EXPECT_EQ(files.tensors.size(), 2u);
  EXPECT_EQ(files.mappings.size(), 2u);
  EXPECT_EQ(files.source, "model.safetensors.index.json");
}

TEST_F(WeightFolder, WithBothFormsUsesTheSingleFile) {
  shard("model.safetensors", "a");
  index(R"({"b":"missing.safetensors"})");
  EXPECT_EQ(read_weight_files(folder_.path()).source, "model.safetensors");
}

TEST_F(WeightFolder, WhoseIndexLeadsElsewhereIsRefused) {
  for (const char* const name :
       {"../one.safetensors", "/etc/one.safetensors", "a/one.safetensors", "a\\\\one.safetensors",
        "", "..", ".safetensors", "one.bin", "one\\u0000.safetensors"}) {
    SCOPED_TRACE(name);
    index(R"({"a":")" + std::string(name) + "\"}");
    refuse("/weight_map/a");
  }
  index(R"({"a":1})");
  refuse("/weight_map/a");
  index("[]");
  refuse("/weight_map");
}

TEST_F(WeightFolder, WithAMissingShardIsRefused) {
  index(R"({"a":"one.safetensors"})");
  refuse("one.safetensors: cannot be opened");
}

TEST_F(WeightFolder, WithATensorInTwoShardsIsRefused) {
  shard("one.safetensors", "a");
  shard("two.safetensors", "a");
  index(R"({"a":"one.safetensors","b":"two.safetensors"})");
  refuse("two.safetensors: /a: the index says this tensor is in one.safetensors");
}

TEST_F(WeightFolder, WhoseIndexAndShardsDisagreeIsRefused) {
  shard("one.safetensors", "a");
  index(R"({"a":"one.safetensors","b":"one.safetensors"})");
  refuse("/weight_map/b");
  index(R"({"b":"one.safetensors"})");
  refuse("/a: the index does not list");
}

TEST_F(WeightFolder, IsHashedByteForByte) {
  std::ofstream(folder_ / "abc") << "abc";
  const auto file = std::make_shared<offline::MappedFile>(folder_ / "abc");
  EXPECT_EQ(offline::sha256_of({file}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace nibble::test
