// Whole packs: the bundled and generated models become blobs that the runtime takes and replays.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/pack.h"

#include <gtest/gtest.h>
#include <nibble/self_test.h>

#include <algorithm>
#include <fstream>

#include "offline/blob/blob_writer.h"
#include "offline/formats/registry.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"
#include "runtime/format/payload.h"
#include "runtime/format/reader.h"
#include "runtime/format/sha256.h"
#include "runtime/format/tables.h"
#include "tests/models/generated_model.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble {

/// The linker sends every call of Model::load() here (CMakeLists.txt: --wrap), to be counted.
Result<const Model*> counted_load(const BlobSource& source, Residency residency, MutableBytes arena,
                                  MutableBytes scratch,
                                  const LoadConfig& config) asm("__wrap_" NIBBLE_LOAD);
Result<const Model*> real_load(const BlobSource& source, Residency residency, MutableBytes arena,
                               MutableBytes scratch,
                               const LoadConfig& config) asm("__real_" NIBBLE_LOAD);

static int loads = 0;

Result<const Model*> counted_load(const BlobSource& source, Residency residency, MutableBytes arena,
                                  MutableBytes scratch, const LoadConfig& config) {
  ++loads;
  return real_load(source, residency, arena, scratch, config);
}

}  // namespace nibble

namespace nibble::test {
namespace {

using format::Role;
using format::TensorType;
using offline::PackOptions;
using offline::Scheme;

class Pack : public ::testing::Test {
 protected:
  std::filesystem::path tiny() {
    const std::filesystem::path folder = folder_ / "tiny";
    write_model(recipes().back(), folder);
    return folder;
  }
  std::filesystem::path pack(const std::filesystem::path& source, const PackOptions& options,
                             const std::string& name = "out.nbl") {
    const std::filesystem::path out = folder_ / name;
    offline::pack_model(offline::read_model(source), options, out);
    return out;
  }
  /// Loads the blob and plays its record again.
  Status replay(const std::filesystem::path& blob) {
    const offline::LoadedModel model(blob);
    const offline::HostSession session(model, {});
    const offline::HostMemory workspace(
        Sampler::workspace_bytes(model.model().shape().vocabulary).value());
    return run_self_test(*session, workspace.bytes());
  }
  void expect_replay(const std::filesystem::path& blob) {
    const Status status = replay(blob);
    EXPECT_TRUE(status.ok()) << offline::failure_text(status.failure());
  }

  TemporaryFolder folder_;
};

/// Changes the first code of the head in a blob whose weights are not compressed, and every hash
/// above it: only the arithmetic can tell.
void change_a_weight(const std::filesystem::path& path) {
  const std::string file = read_file(path);
  offline::BlobBytes blob(file.begin(), file.end());
  const auto& header = *reinterpret_cast<const format::Header*>(blob.data());
  const format::ManifestView view =
      format::ManifestView::open(header, {blob.data() + sizeof(header), header.manifest_bytes})
          .value();
  std::vector<uint64_t> offsets(view.tensors().size());
  format::tensor_offsets(view.tensors(), {offsets.data(), offsets.size()}).value();
  const Span<const format::TensorRecord> tensors = view.tensors();
  const auto head = std::ranges::find(tensors, Role::Head, &format::TensorRecord::role);
  ASSERT_NE(head, tensors.end());
  const uint64_t offset = offsets[static_cast<size_t>(head - tensors.begin())];

  const uint64_t weights = view.location(format::SectionKind::Weights).blob_offset;
  blob[weights + offset] ^= 0x11;
  const uint64_t in_section = offset / format::kChunkUncompressedBytes;
  const uint64_t before =
      format::chunk_count(view.section(format::SectionKind::Tokenizer).uncompressed_bytes);
  auto& chunk = const_cast<format::ChunkRecord&>(view.chunks()[before + in_section]);
  const format::Sha256Digest digest = format::sha256(
      {blob.data() + weights + in_section * format::kChunkUncompressedBytes, chunk.stored_bytes});
  std::ranges::copy(digest.bytes, chunk.stored_sha256);
  std::ranges::copy(digest.bytes, chunk.uncompressed_sha256);
  offline::reseal(blob);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(blob.data()), static_cast<std::streamsize>(blob.size()));
}

PackOptions stored_as(const Scheme& scheme) {
  PackOptions options;
  options.weights = scheme;
  return options;
}

TEST_F(Pack, OfTheBundledModelReplaysItsSelfTest) {
  expect_replay(pack(kdoc_folder(), stored_as({TensorType::Int4, 128})));
}

TEST_F(Pack, OfAGeneratedModelReplaysItsSelfTestInEveryScheme) {
  const std::filesystem::path source = tiny();
  for (const Scheme& scheme : {Scheme{TensorType::F16, 0}, Scheme{TensorType::Int8, 64},
                               Scheme{TensorType::Int4, 32}, Scheme{TensorType::Int4Zero, 128}}) {
    PackOptions options = stored_as(scheme);
    options.storage =
        scheme.type == TensorType::Int8 ? format::Storage::Raw : format::Storage::Zstd;
    options.sessions.kv =
        scheme.type == TensorType::Int4 ? format::KvType::Int8 : format::KvType::F16;
    expect_replay(pack(source, options));
  }
}

TEST_F(Pack, OfMixedSchemesReplaysItsSelfTest) {
  PackOptions options = stored_as({TensorType::Int8, 64});
  options.roles = {{Role::Value, {TensorType::F16, 0}},
                   {Role::FfnUp, {TensorType::Int4, 128}},
                   {Role::FfnDown, {TensorType::Int4Zero, 32}}};
  expect_replay(pack(tiny(), options));
}

TEST_F(Pack, RecordsASelfTestThatAWrongWeightFails) {
  PackOptions options = stored_as({TensorType::Int8, 32});
  options.storage = format::Storage::Raw;
  const std::filesystem::path blob = pack(tiny(), options);
  expect_replay(blob);
  change_a_weight(blob);
  EXPECT_EQ(replay(blob).error(), Error::SelfTestMismatch);
}

TEST_F(Pack, GivesTheSameBytesEveryTime) {
  const std::filesystem::path source = tiny();
  const PackOptions options = stored_as({TensorType::Int4, 64});
  const std::string first = read_file(pack(source, options, "first.nbl"));
  EXPECT_EQ(read_file(pack(source, options, "second.nbl")), first);
}

TEST_F(Pack, LoadsItsBlobOnceAndReportsWhatItWrote) {
  const offline::SourceModel source = offline::read_model(tiny());
  const std::filesystem::path out = folder_ / "out.nbl";
  loads = 0;
  const offline::PackedBlob packed =
      offline::pack_model(source, stored_as({TensorType::Int4, 64}), out);
  EXPECT_EQ(loads, 1);

  const offline::LoadedModel written(out, {}, offline::BlobAccess::Mapped);
  EXPECT_EQ(packed.identity, offline::hex(written.model().identity()));
  EXPECT_EQ(packed.summary.blob_bytes, written.blob_bytes());
  EXPECT_EQ(packed.plan.total(), offline::make_memory_plan(written, {}).total());
  EXPECT_EQ(loads, 2) << "a memory plan loads nothing";
}

TEST_F(Pack, CutsASelfTestThatDoesNotFitTheContext) {
  PackOptions options = stored_as({TensorType::Int8, 32});
  options.self_test_prompt = std::string(2000, 'x');
  options.self_test_tokens = 4000;
  expect_replay(pack(tiny(), options));
}

TEST_F(Pack, RefusesMoreContextThanTheModelHas) {
  PackOptions options = stored_as({TensorType::Int8, 32});
  options.sessions.context_tokens = 257;
  expect_refusal([&] { pack(tiny(), options); }, "context: of 257 tokens");
  options.sessions.context_tokens = 256;
  expect_replay(pack(tiny(), options));
}

TEST_F(Pack, OverBudgetLeavesNoFile) {
  PackOptions options = stored_as({TensorType::Int8, 32});
  options.budget_bytes = 1000;
  EXPECT_THROW(pack(tiny(), options), offline::OverBudget);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.nbl"));
  options.budget_bytes.reset();
  expect_replay(pack(tiny(), options));
}

TEST_F(Pack, ReportsEachStageToItsEnd) {
  PackOptions options = stored_as({TensorType::Int8, 32});
  std::map<std::string, double> stages;
  options.progress = [&](const std::string& stage, double done) {
    EXPECT_GE(done, stages[stage]);
    stages[stage] = done;
  };
  pack(tiny(), options);
  EXPECT_GE(stages.size(), 3u);
  for (const auto& [stage, done] : stages) EXPECT_EQ(done, 1) << stage;
}

}  // namespace
}  // namespace nibble::test
