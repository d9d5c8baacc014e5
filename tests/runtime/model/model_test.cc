// Tests of loading: the same model by every way in, and refusals that name what is wrong.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/model.h>

#include <cstring>

#include "runtime/format/ops.h"
#include "runtime/format/reader.h"
#include "runtime/model/model_state.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"

namespace nibble::test {
namespace {

using format::Storage;

offline::BlobBytes llama_blob(Storage storage = Storage::Raw) {
  const TinyModel tiny = tiny_llama(storage);
  return offline::build_blob(tiny.contents, {});
}

Bits logits_of(const Model& model) {
  TestSession session(model);
  const std::vector<Token> prompt = {1, 7, 42, 259, 3};
  return bits_of(session->prefill(span_of(prompt)));
}

BlobSource source_of(const offline::BlobBytes& blob) {
  return BlobSource::from_memory({blob.data(), blob.size()});
}

/// The error of loading with as much memory as could be asked for.
Failure load_failure(const BlobSource& source, Residency residency = Residency::Keep) {
  const GuardedMemory arena(1 << 20), scratch(2 << 20);
  return Model::load(source, residency, arena.bytes(), scratch.bytes()).failure();
}

TEST(Model, IsTheSameByEveryWayIn) {
  const Bits expected = logits_of(*TestModel(llama_blob()));
  for (const Storage storage : {Storage::Raw, Storage::Zstd}) {
    const offline::BlobBytes blob = llama_blob(storage);
    EXPECT_EQ(logits_of(*TestModel(blob)), expected);

    offline::BlobBytes gone = blob;
    const TestModel released(gone, Residency::Release);
    std::fill(gone.begin(), gone.end(), uint8_t{0xEE});
    EXPECT_EQ(logits_of(*released), expected);
    EXPECT_EQ(std::string(released->strings().name.data(), released->strings().name.size()),
              "tiny llama");
    EXPECT_TRUE(released.canaries_whole());

    CallbackBlob reader{.blob = {blob.data(), blob.size()}};
    const LoadNeeds needs = checked(Model::needs(reader.source(), Residency::Keep));
    EXPECT_LE(reader.next_offset, sizeof(format::Prefix));
    const GuardedMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
    reader.next_offset = 0;
    const Model* model =
        checked(Model::load(reader.source(), Residency::Keep, arena.bytes(), scratch.bytes()));
    EXPECT_TRUE(reader.ascending);
    EXPECT_EQ(reader.next_offset, blob.size());
    EXPECT_EQ(logits_of(*model), expected);
    EXPECT_TRUE(arena.canaries_whole() && scratch.canaries_whole());
  }
}

TEST(Model, UsesRawSectionsWhereTheyLie) {
  const offline::BlobBytes blob = llama_blob();
  const ModelMemory kept = checked(Model::memory(source_of(blob), Residency::Keep));
  EXPECT_EQ(kept.manifest, 0u);
  EXPECT_EQ(kept.weights, 0u);
  EXPECT_GT(kept.tokenizer, 0u);  // stored with zstd
  EXPECT_EQ(kept.scratch_staging, 0u);
  const TestModel model(blob);
  const uint8_t* const weights = ModelState::of(*model).weights;
  EXPECT_TRUE(weights >= blob.data() && weights < blob.data() + blob.size());

  const ModelMemory released = checked(Model::memory(source_of(blob), Residency::Release));
  EXPECT_GT(released.manifest, 0u);
  EXPECT_GT(released.weights, 0u);
}

TEST(Model, TellsWhatTheBlobSays) {
  const offline::BlobBytes blob = llama_blob();
  const TestModel model(blob);
  EXPECT_EQ(model->shape().vocabulary, 260u);
  EXPECT_EQ(model->shape().context_tokens, 96u);
  EXPECT_EQ(model->shape().default_context_tokens, 64u);
  EXPECT_EQ(model->shape().kv_heads, 2u);
  EXPECT_EQ(std::string(model->strings().license.data(), model->strings().license.size()), "MIT");
  ASSERT_EQ(model->self_test().prompt.size(), 3u);
  EXPECT_EQ(model->self_test().prompt[0], 1u);
  EXPECT_EQ(model->self_test().generated.size(), 2u);
  EXPECT_EQ(model->self_test().logits_sha256.size(), 32u);
  EXPECT_EQ(std::memcmp(model->identity().data(), blob.data() + 56, 32), 0);
  EXPECT_EQ(model->tokenizer().vocabulary(), 260u);
}

TEST(Model, RefusesEveryArenaThatIsTooSmall) {
  for (const Residency residency : {Residency::Keep, Residency::Release}) {
    const offline::BlobBytes blob = llama_blob(Storage::Zstd);
    const LoadNeeds needs = checked(Model::needs(source_of(blob), residency));
    const GuardedMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
    for (size_t bytes = 0; bytes < needs.arena_bytes; bytes += 61) {
      const Failure failure =
          Model::load(source_of(blob), residency, arena.bytes().first(bytes), scratch.bytes())
              .failure();
      ASSERT_EQ(failure.error, Error::ArenaTooSmall) << bytes;
      ASSERT_EQ(failure.where, needs.arena_bytes);
    }
    const Failure failure = Model::load(source_of(blob), residency, arena.bytes(),
                                        scratch.bytes().first(needs.scratch_bytes - 1))
                                .failure();
    EXPECT_EQ(failure.error, Error::ArenaTooSmall);
    EXPECT_EQ(failure.where, needs.scratch_bytes);
    EXPECT_TRUE(arena.canaries_whole() && scratch.canaries_whole());
  }
}

TEST(Model, RefusesMemoryOffTheCacheLine) {
  const offline::BlobBytes blob = llama_blob();
  const GuardedMemory crooked(blob.size(), 8), arena(1 << 20);
  std::memcpy(crooked.bytes().data(), blob.data(), blob.size());
  const BlobSource shifted = BlobSource::from_memory({crooked.bytes().data(), blob.size()});
  EXPECT_EQ(Model::needs(shifted, Residency::Keep).error(), Error::ArenaMisaligned);
  EXPECT_EQ(load_failure(shifted).error, Error::ArenaMisaligned);
  EXPECT_EQ(Model::load(source_of(blob), Residency::Keep, crooked.bytes(), arena.bytes()).error(),
            Error::ArenaMisaligned);
}

TEST(Model, RefusesASourceThatIsNone) {
  EXPECT_EQ(Model::needs({}, Residency::Keep).error(), Error::BadArgument);
  EXPECT_EQ(load_failure({}).error, Error::BadArgument);
  const offline::BlobBytes blob = llama_blob();
  EXPECT_EQ(load_failure(source_of(blob), static_cast<Residency>(2)).error, Error::BadArgument);
}

TEST(Model, SaysWhereAReadFailed) {
  const offline::BlobBytes blob = llama_blob(Storage::Zstd);
  for (uint64_t limit : {uint64_t{0}, uint64_t{300}, uint64_t{blob.size() - 1}}) {
    CallbackBlob reader{.blob = {blob.data(), blob.size()}, .fail_from = limit};
    const Failure failure = load_failure(reader.source());
    EXPECT_EQ(failure.error, Error::ReadFailed);
    EXPECT_LE(failure.where, limit);
  }
}

TEST(Model, RefusesEveryFlippedByteOfThePayload) {
  for (const Storage storage : {Storage::Raw, Storage::Zstd}) {
    offline::BlobBytes blob = llama_blob(storage);
    const auto& header = *reinterpret_cast<const format::Header*>(blob.data());
    for (uint64_t at = sizeof(header) + header.manifest_bytes; at < blob.size(); at += 211) {
      blob[at] ^= 0x10;
      const Failure failure = load_failure(source_of(blob));
      EXPECT_TRUE(failure.error == Error::ChunkStoredHash || failure.error == Error::PaddingNotZero)
          << error_name(failure.error) << " at " << at;
      blob[at] ^= 0x10;
    }
    EXPECT_EQ(load_failure(source_of(blob)).error, Error::None);
  }
}

TEST(Model, RefusesPaddingThatHoldsData) {
  offline::BlobBytes blob = llama_blob();
  const TestModel model(blob);
  const uint8_t* const weights = ModelState::of(*model).weights;
  // Only a raw section has padding before it, and only if what precedes ends off the line.
  offline::BlobBytes changed = blob;
  const size_t at = static_cast<size_t>(weights - blob.data()) - 1;
  ASSERT_EQ(changed[at], 0);
  changed[at] = 1;
  for (const Residency residency : {Residency::Keep, Residency::Release}) {
    const Failure failure = load_failure(source_of(changed), residency);
    EXPECT_EQ(failure.error, Error::PaddingNotZero);
    EXPECT_EQ(failure.where, at);
  }
}

TEST(Model, VerifiesTheProgramBeforeThePayload) {
  TinyModel tiny = tiny_llama();
  tiny.contents.ops[3].input[0] = 63;
  offline::BlobBytes blob = offline::build_blob(tiny.contents, {});
  blob.back() ^= 1;  // a chunk's hash, which must not be reached
  const Failure failure = load_failure(source_of(blob));
  EXPECT_EQ(failure.error, Error::BadOp);
  EXPECT_EQ(failure.where, 3u);
}

TEST(Model, RefusesABlobOfANewerGenerationAsNewer) {
  TinyModel tiny = tiny_llama();
  tiny.contents.ops[3].code = format::OpCode::Count;  // what the newer generation brought
  offline::BlobBytes blob = offline::build_blob(tiny.contents, {});
  EXPECT_EQ(load_failure(source_of(blob)).error, Error::BadOp);
  auto& header = *reinterpret_cast<format::Header*>(blob.data());
  header.required_features |= format::generation_feature(format::kMaxOpGenerations);
  offline::reseal(blob);
  const Failure failure = load_failure(source_of(blob));
  EXPECT_EQ(failure.error, Error::UnknownFeature);
  EXPECT_EQ(failure.where, format::generation_feature(format::kMaxOpGenerations));
}

TEST(Model, RunsOpsOfItsGenerationOnlyWhereTheBlobAnnouncesThem) {
  offline::BlobBytes blob = llama_blob();
  auto& header = *reinterpret_cast<format::Header*>(blob.data());
  EXPECT_EQ(header.required_features, format::generation_feature(1));
  EXPECT_EQ(load_failure(source_of(blob)).error, Error::None);
  header.required_features = 0;
  offline::reseal(blob);
  EXPECT_EQ(load_failure(source_of(blob)).error, Error::BadOp);
}

TEST(Model, RunsWhateverTheRolesOfItsTensors) {
  TinyModel tiny = tiny_llama();
  for (format::TensorRecord& tensor : tiny.contents.tensors)
    tensor.role = static_cast<format::Role>(37);
  EXPECT_EQ(logits_of(*TestModel(offline::build_blob(tiny.contents, {}))),
            logits_of(*TestModel(llama_blob())));
}

TEST(Model, VerifiesTokenizerTables) {
  TinyModel tiny = tiny_llama();
  tiny.tokenizer[0] = 1;  // the first offset
  const offline::BlobBytes blob = offline::build_blob(tiny.contents, {});
  EXPECT_EQ(load_failure(source_of(blob)).error, Error::BadTokenizer);
}

TEST(Model, FindsDamageInTheManifest) {
  offline::BlobBytes blob = llama_blob();
  blob[sizeof(format::Header) + offsetof(format::Manifest, width)] ^= 1;
  EXPECT_EQ(load_failure(source_of(blob)).error, Error::ManifestHash);
}

}  // namespace
}  // namespace nibble::test
