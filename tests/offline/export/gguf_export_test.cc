// What is exported is the model it was made of: read again, packed, exported again.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/gguf_export.h"

#include <gtest/gtest.h>

#include "offline/formats/gguf/gguf_file.h"
#include "offline/formats/registry.h"
#include "offline/pack/pack.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/same_model.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using offline::ExportType;

class GgufExport : public ::testing::Test {
 protected:
  std::filesystem::path write(const offline::SourceModel& model, ExportType type,
                              const std::string& name) {
    summary_ = offline::export_gguf(offline::export_source(model), type, "nibble", folder_ / name);
    EXPECT_EQ(summary_.file_bytes, std::filesystem::file_size(folder_ / name));
    return folder_ / name;
  }
  std::filesystem::path write_blob(const std::filesystem::path& blob, ExportType type,
                                   const std::string& name) {
    const auto loaded = std::make_shared<const offline::LoadedModel>(blob, LoadConfig{},
                                                                     offline::BlobAccess::Mapped);
    summary_ = offline::export_gguf(offline::export_source(loaded), type, "nibble", folder_ / name);
    return folder_ / name;
  }

  offline::GgufSummary summary_;
  TemporaryFolder folder_;
};

TEST_F(GgufExport, OfNumbersIsReadAsTheSameModel) {
  for (const auto& folder : {kdoc_folder(), tiny_folder(), tiny_folder("linear")}) {
    const offline::SourceModel model = offline::read_model(folder);
    const offline::SourceModel read = offline::read_model(write(model, ExportType::F32, "a.gguf"));
    expect_same_model(read, model);
    EXPECT_EQ(read.shape->max_position_embeddings, model.shape->max_position_embeddings);
    EXPECT_EQ(summary_.rounded, 0u);
  }
}

/// In → out gives the same bytes, as it is read and by way of a blob.
TEST_F(GgufExport, OfCodesGivesTheSameBytesAgain) {
  const offline::SourceModel original = offline::read_model(tiny_folder());
  for (const ExportType type : {ExportType::Q8_0, ExportType::Q4_0}) {
    const auto first = write(original, type, "first.gguf");
    EXPECT_GT(summary_.rounded, 0u);
    const offline::SourceModel read = offline::read_model(first);
    const auto second = write(read, ExportType::Auto, "second.gguf");
    EXPECT_EQ(summary_.rounded, 0u);
    EXPECT_EQ(read_file(second), read_file(first));

    offline::PackOptions options;
    options.stored = offline::stored_schemes(read);
    ASSERT_TRUE(options.stored);
    options.budget_bytes = std::nullopt;
    const offline::PackedBlob packed = pack_model(read, options, folder_ / "model.nbl");
    EXPECT_GT(packed.stored.kept, 0u);
    EXPECT_EQ(packed.stored.rounded, 0u);
    const auto third = write_blob(folder_ / "model.nbl", ExportType::Auto, "third.gguf");
    EXPECT_EQ(summary_.rounded, 0u);
    EXPECT_EQ(read_file(third), read_file(first));
  }
}

TEST_F(GgufExport, OfCodesThatTheTypeDoesNotHoldSaysSo) {
  const auto blob = blob_path("kdoc-int8");
  write_blob(blob, ExportType::Auto, "auto.gguf");
  EXPECT_EQ(summary_.rounded, 0u);
  EXPECT_GT(summary_.matrices.at("Q8_0"), 0u);
  write_blob(blob, ExportType::Q4_0, "q4.gguf");
  EXPECT_EQ(summary_.rounded, summary_.matrices.at("Q4_0"));
}

/// A blob does not say whether its tokenizer looks words up whole: where merges make every piece,
/// both are the same.
TEST_F(GgufExport, OfAByteLevelBlobHasTheFoldersVocabulary) {
  offline::Vocabulary expected = offline::read_model(kdoc_gpt2_folder()).vocabulary;
  for (offline::Piece& piece : expected.pieces) piece.rules = 0;  // GGUF has no room for them
  const auto file = write_blob(blob_path("kdoc-gpt2-int4"), ExportType::Auto, "gpt2.gguf");
  expect_same_vocabulary(offline::read_model(file).vocabulary, expected);
}

TEST_F(GgufExport, KeepsLearnedPositionsWhole) {
  for (const ExportType type : {ExportType::Auto, ExportType::Q4_0, ExportType::F16}) {
    const auto file = write_blob(blob_path("kdoc-gpt2-int4"), type, "gpt2.gguf");
    EXPECT_EQ(summary_.matrices.at("F32"), 1u);
    EXPECT_EQ(offline::read_gguf(file).find_tensor("position_embd.weight")->type->name,
              std::string("F32"));
  }
}

TEST_F(GgufExport, OfNumbersOnlyHasNoStoredSchemes) {
  EXPECT_FALSE(offline::stored_schemes(offline::read_model(tiny_folder())));
}

TEST_F(GgufExport, OfAnUnknownArchitectureIsRefusedByName) {
  offline::ExportSource source = offline::export_source(offline::read_model(tiny_folder()));
  source.architecture = "MadeUpForCausalLM";
  expect_refusal(
      [&] { offline::export_gguf(source, ExportType::F32, "nibble", folder_ / "a.gguf"); },
      "MadeUpForCausalLM: cannot be exported; architectures that can: LlamaForCausalLM");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.gguf"));
}

}  // namespace
}  // namespace nibble::test
