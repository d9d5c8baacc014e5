// Shard indexes that name files or tensors they must not name.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/bad_input/corrupted_model.h"

namespace nibble::test {
namespace {

constexpr const char* kIndex = "model.safetensors.index.json";

class Shards : public testing::Test {
 protected:
  CorruptedModel model_;

  Shards() {
    std::filesystem::rename(model_.folder() / "model.safetensors",
                            model_.folder() / "model-00001-of-00001.safetensors");
    const nlohmann::json table = header(model_.text("model-00001-of-00001.safetensors"));
    for (const auto& [name, entry] : table.items())
      if (name != "__metadata__") map_[name] = "model-00001-of-00001.safetensors";
  }

  CommandResult pack() {
    model_.set_text(kIndex, nlohmann::json{{"weight_map", map_}}.dump());
    return model_.pack();
  }
  void expect_refused_naming(const std::string& place) {
    model_.set_text(kIndex, nlohmann::json{{"weight_map", map_}}.dump());
    expect_refused(model_, place);
  }

  nlohmann::json map_;

 private:
  static nlohmann::json header(const std::string& file) {
    uint64_t length = 0;
    std::copy_n(file.data(), sizeof length, reinterpret_cast<char*>(&length));
    return nlohmann::json::parse(file.substr(8, length));
  }
};

TEST_F(Shards, OneShardBehindAnIndexIsRead) {
  const CommandResult result = pack();
  EXPECT_EQ(result.status, 0) << result.err;
}

TEST_F(Shards, S14PathsOutOfTheFolderAreRefused) {
  for (const char* name :
       {"../model.safetensors", "/etc/passwd", "a/../../b.safetensors", "", "."}) {
    map_.begin().value() = name;
    expect_refused_naming(kIndex);
  }
}

TEST_F(Shards, S15MissingShardIsRefused) {
  map_.begin().value() = "model-00002-of-00002.safetensors";
  expect_refused_naming("model-00002-of-00002.safetensors");
}

TEST_F(Shards, S15TensorThatNoShardHoldsIsRefused) {
  map_["model.layers.0.no_such.weight"] = "model-00001-of-00001.safetensors";
  expect_refused_naming("no_such");
}

TEST_F(Shards, S15TensorThatTheIndexForgetsIsRefused) {
  const std::string name = map_.begin().key();
  map_.erase(name);
  expect_refused_naming(name);
}

}  // namespace
}  // namespace nibble::test
