// The memory plan: its lines are what the runtime asks for, and its total counts each byte once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/memory_plan.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"
#include "offline/host/loaded_model.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

class MemoryPlanOf : public testing::TestWithParam<const char*> {
 protected:
  LoadedModel model_{test::blob_path(GetParam())};

  MemoryPlan plan(MemoryPlanOptions options = {}) const {
    if (!options.code_bytes) options.code_bytes = 1000;
    return make_memory_plan(model_, options);
  }
};

bool read_file(void* context, uint64_t offset, MutableBytes out) {
  return static_cast<const MappedFile*>(context)->read(offset, {out.data(), out.size()});
}

TEST_P(MemoryPlanOf, NamesTheModelArenaTheRuntimeAsksFor) {
  MappedFile file(model_.name());
  const BlobSource kept = blob_of(file, model_.name());
  const BlobSource in_parts{.bytes = kept.bytes, .read = read_file, .context = &file};
  for (const Residency residency : {Residency::Keep, Residency::Release}) {
    const LoadNeeds needs =
        Model::needs(residency == Residency::Keep ? kept : in_parts, residency).value();
    const MemoryPlan found = plan({.session = {}, .residency = residency, .code_bytes = {}});
    EXPECT_EQ(found.blob, residency == Residency::Keep ? kept.bytes : 0);
    EXPECT_EQ(found.model_arena, needs.arena_bytes);
    EXPECT_EQ(found.scratch, needs.scratch_bytes);
    EXPECT_EQ(
        found.model.state + found.model.manifest + found.model.tokenizer + found.model.weights,
        needs.arena_bytes);
    EXPECT_EQ(found.model.scratch_zstd + found.model.scratch_staging, needs.scratch_bytes);
  }
}

TEST_P(MemoryPlanOf, NamesTheSessionArenaTheRuntimeAsksFor) {
  SessionConfig config;
  config.context_tokens = 77;
  config.batch_tokens = 5;
  config.cache = CacheType::Int8;
  const MemoryPlan found = plan({.session = config, .residency = {}, .code_bytes = {}});
  EXPECT_EQ(found.session.session.total(), Session::arena_bytes(model_.model(), config).value());
  const auto arena_bytes = [&](size_t prompt_bytes) {
    const GeneratorConfig generator{.session = config, .prompt_bytes = prompt_bytes};
    return Generator::arena_bytes(model_.model(), generator).value();
  };
  EXPECT_EQ(found.session_bytes(), arena_bytes(0));
  const MemoryPlan with_prompt =
      plan({.session = config, .prompt_bytes = 10'000, .residency = {}, .code_bytes = {}});
  EXPECT_EQ(with_prompt.session_bytes(), arena_bytes(10'000));
  EXPECT_GT(with_prompt.session_bytes(), found.session_bytes());
}

TEST_P(MemoryPlanOf, NamesTheBatchArenaTheRuntimeAsksFor) {
  const MemoryPlan found =
      plan({.session = {}, .sessions = 20, .batched = true, .residency = {}, .code_bytes = {}});
  GeneratorBatchConfig config{.generators = 20};
  config.generator.session.batch_tokens = 20;  // a row for each, where fewer are asked for
  EXPECT_EQ(found.sessions_bytes(), GeneratorBatch::arena_bytes(model_.model(), config).value());
  EXPECT_EQ(found.options.session.batch_tokens, 20u);
}

TEST_P(MemoryPlanOf, CountsTheLargerOfLoadingAndRunning) {
  const MemoryPlan found = plan();
  const uint64_t lasting = found.blob + found.model_arena + 1000 + kStackBoundBytes;
  EXPECT_EQ(found.total(), lasting + std::max<uint64_t>(found.scratch, found.session_bytes()));
  const MemoryPlan many = plan({.session = {}, .sessions = 100, .residency = {}, .code_bytes = {}});
  EXPECT_EQ(many.total(), lasting + 100 * many.session_bytes());
}

TEST_P(MemoryPlanOf, RefusesAContextTheModelLacks) {
  SessionConfig config;
  config.context_tokens = 1u << 20;
  EXPECT_THROW(plan({.session = config, .residency = {}, .code_bytes = {}}), InputError);
}

TEST_P(MemoryPlanOf, SaysWhetherItIsWithinTheBudget) {
  const MemoryPlan found = plan();
  EXPECT_TRUE(memory_plan_json(found, found.total()).at("within_budget").get<bool>());
  EXPECT_FALSE(memory_plan_json(found, found.total() - 1).at("within_budget").get<bool>());
  EXPECT_NE(memory_plan_text(found, found.total() - 1).find("OVER the budget"), std::string::npos);
  EXPECT_TRUE(memory_plan_json(found, std::nullopt).at("within_budget").get<bool>());
}

INSTANTIATE_TEST_SUITE_P(Blobs, MemoryPlanOf,
                         testing::Values("tiny-int4", "tiny-int4-raw", "kdoc-int8"),
                         [](const auto& instance) {
                           return "Blob" + std::to_string(instance.index);
                         });

TEST(Residency, FollowsHowTheWeightsAreStored) {
  for (const auto& [name, expected] :
       {std::pair("tiny-int4-raw", Residency::Keep), std::pair("tiny-int4", Residency::Release)}) {
    const LoadedModel model(test::blob_path(name));
    EXPECT_EQ(model.natural_residency(), expected) << name;
    EXPECT_EQ(make_memory_plan(model, {}).options.residency, expected) << name;
  }
}

TEST(Header, IsSafeWhateverTheBlobIsCalled) {
  const LoadedModel model(test::blob_path("tiny-int4"));
  const MemoryPlan plan = make_memory_plan(model, {});
  EXPECT_EQ(memory_plan_header(plan, "a*/b\\\n.nbl").find("a*/b"), std::string::npos);
}

}  // namespace
}  // namespace nibble::offline
