// A program cut into blocks and stages: every product in one stage, its inputs known before.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/block_plan.h"

#include <gtest/gtest.h>

#include "runtime/format/ops.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::Role;
using format::TensorType;
using offline::Block;
using offline::Network;

std::vector<std::vector<Role>> stage_roles(const Network& network, const Block& block) {
  std::vector<std::vector<Role>> roles;
  for (const offline::Stage& stage : block.stages) {
    roles.emplace_back();
    for (const uint32_t op : stage.matmuls) {
      roles.back().push_back(network.tensors[network.ops[op].tensor[0]].role);
    }
  }
  return roles;
}

TEST(BlockPlan, HasTheStagesOfALayerInTheOrderOfTheProgram) {
  const TinySource source;
  // With several formats of activations there are Quantize ops between products.
  const Network network = source.model().compile([](Role role, uint16_t) {
    return offline::Scheme{role == Role::Value ? TensorType::Int8 : TensorType::Int4,
                           role == Role::Value ? 64u : 32u};
  });
  const std::vector<Block> blocks = offline::plan_blocks(network);
  const uint32_t layers = source.model().shape->num_hidden_layers;
  ASSERT_EQ(blocks.size(), layers + 2);
  for (uint32_t layer = 0; layer < layers; ++layer) {
    EXPECT_EQ(stage_roles(network, blocks[layer + 1]),
              (std::vector<std::vector<Role>>{{Role::Query, Role::Key, Role::Value},
                                              {Role::AttentionOutput},
                                              {Role::FfnGate, Role::FfnUp},
                                              {Role::FfnDown}}));
  }
  EXPECT_EQ(stage_roles(network, blocks.back()), (std::vector<std::vector<Role>>{{Role::Head}}));
}

TEST(BlockPlan, CoversTheProgramAndCarriesTheResidual) {
  const TinySource source;
  const Network network = source.compile({TensorType::Int4, 32});
  const std::vector<Block> blocks = offline::plan_blocks(network);
  const uint16_t residual = network.ops[0].output;
  EXPECT_EQ(blocks.front().begin, 0u);
  EXPECT_EQ(blocks.back().end, network.ops.size());
  for (size_t i = 0; i + 1 < blocks.size(); ++i) EXPECT_EQ(blocks[i].end, blocks[i + 1].begin);
  EXPECT_TRUE(blocks[0].carried.empty());
  EXPECT_TRUE(blocks[1].carried.empty()) << "no layer has changed anything yet";
  for (size_t i = 2; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i].carried, std::vector<uint16_t>{residual}) << i;
  }
}

}  // namespace
}  // namespace nibble::test
