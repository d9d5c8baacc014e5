// The bill: its lines are what the runtime asks for, and its total counts each byte once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/bill.h"

#include <gtest/gtest.h>

#include "offline/files/input_error.h"
#include "offline/host/loaded_model.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

class BillOf : public testing::TestWithParam<const char*> {
 protected:
  std::string path_ = test::blob_path(GetParam());
  MappedFile file_{path_};
  BlobSource blob_ = blob_of(file_, path_);

  Bill bill(BillOptions options = {}) const {
    if (!options.code_bytes) options.code_bytes = 1000;
    return make_bill(blob_, options, path_);
  }
};

TEST_P(BillOf, NamesTheModelArenaTheRuntimeAsksFor) {
  for (const Residency residency : {Residency::Keep, Residency::Release}) {
    const BlobSource source = residency == Residency::Keep ? blob_ : part_wise(blob_);
    const LoadNeeds needs = Model::needs(source, residency).value();
    const Bill found = bill({.session = {}, .residency = residency, .code_bytes = {}});
    EXPECT_EQ(found.model_arena, needs.arena_bytes);
    EXPECT_EQ(found.scratch, needs.scratch_bytes);
    EXPECT_EQ(
        found.model.state + found.model.manifest + found.model.tokenizer + found.model.weights,
        needs.arena_bytes);
    EXPECT_EQ(found.model.scratch_zstd + found.model.scratch_staging, needs.scratch_bytes);
  }
}

TEST_P(BillOf, NamesTheSessionArenaTheRuntimeAsksFor) {
  const LoadedModel model(path_);
  SessionConfig config;
  config.context_tokens = 77;
  config.batch_tokens = 5;
  config.cache = CacheType::Int8;
  const Bill found = bill({.session = config, .residency = {}, .code_bytes = {}});
  EXPECT_EQ(found.session.session.total(), Session::arena_bytes(model.model(), config).value());
  GeneratorConfig generator;
  generator.session = config;
  EXPECT_EQ(found.session_bytes(), Generator::arena_bytes(model.model(), generator).value());
  generator.prompt_bytes = 10'000;
  const Bill with_prompt =
      bill({.session = config, .prompt_bytes = 10'000, .residency = {}, .code_bytes = {}});
  EXPECT_EQ(with_prompt.session_bytes(), Generator::arena_bytes(model.model(), generator).value());
  EXPECT_GT(with_prompt.session_bytes(), found.session_bytes());
}

TEST_P(BillOf, CountsTheLargerOfLoadingAndRunning) {
  const Bill found = bill();
  const uint64_t standing = found.blob + found.model_arena + 1000 + kStackBoundBytes;
  EXPECT_EQ(found.total(), standing + std::max<uint64_t>(found.scratch, found.session_bytes()));
  const Bill many = bill({.session = {}, .sessions = 100, .residency = {}, .code_bytes = {}});
  EXPECT_EQ(many.total(), standing + 100 * many.session_bytes());
}

TEST_P(BillOf, RefusesAContextTheModelLacks) {
  SessionConfig config;
  config.context_tokens = 1u << 20;
  EXPECT_THROW(bill({.session = config, .residency = {}, .code_bytes = {}}), InputError);
}

TEST_P(BillOf, SaysWhetherItIsWithinTheBudget) {
  const Bill found = bill();
  EXPECT_TRUE(bill_json(found, found.total()).at("within_budget").get<bool>());
  EXPECT_FALSE(bill_json(found, found.total() - 1).at("within_budget").get<bool>());
  EXPECT_NE(bill_text(found, found.total() - 1).find("OVER the budget"), std::string::npos);
  EXPECT_TRUE(bill_json(found, std::nullopt).at("within_budget").get<bool>());
}

INSTANTIATE_TEST_SUITE_P(Blobs, BillOf, testing::Values("tiny-int4", "tiny-int4-raw", "kdoc-int8"),
                         [](const auto& instance) {
                           return "Blob" + std::to_string(instance.index);
                         });

TEST(Residency, FollowsHowTheWeightsAreStored) {
  for (const auto& [name, expected] :
       {std::pair("tiny-int4-raw", Residency::Keep), std::pair("tiny-int4", Residency::Release)}) {
    const std::string path = test::blob_path(name);
    const MappedFile file(path);
    EXPECT_EQ(natural_residency(blob_of(file, path)).value(), expected) << name;
  }
}

TEST(Header, IsSafeWhateverTheBlobIsCalled) {
  const std::string path = test::blob_path("tiny-int4");
  const MappedFile file(path);
  const Bill bill = make_bill(blob_of(file, path), {}, path);
  EXPECT_EQ(bill_header(bill, "a*/b\\\n.nbl").find("a*/b"), std::string::npos);
}

}  // namespace
}  // namespace nibble::offline
