// The manifest's tables: what a good one gives, and each field that can be wrong.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tests/runtime/format/blob_editor.h"

namespace nibble::format {
namespace {

using test::BlobEditor;
using test::verdict_after;

/// Offset in the blob of a field of the manifest's first record.
#define FIELD(name) (sizeof(Header) + offsetof(Manifest, name))

std::string string_of(Text text) {
  return {text.data(), text.size()};
}

TEST(Reader, GivesBackWhatWasWritten) {
  BlobEditor editor;
  const ManifestView view =
      ManifestView::open(editor.header(),
                         {editor.blob().data() + sizeof(Header), editor.header().manifest_bytes})
          .value();
  const test::TinyModel model = test::tiny_model();
  EXPECT_EQ(string_of(view.string(StringIndex::Name)), "tiny");
  EXPECT_EQ(string_of(view.string(StringIndex::License)), "MIT");
  EXPECT_EQ(string_of(view.string(StringIndex::SourceSha256)), "");
  EXPECT_EQ(string_of(view.string(StringIndex::Tool)), "test");
  EXPECT_EQ(string_of(view.tensor_name(0)), "embedding");
  EXPECT_EQ(string_of(view.tensor_name(2)), "rotary");
  EXPECT_EQ(view.self_test_prompt().size(), 3u);
  EXPECT_EQ(view.self_test_generated().size(), 2u);
  EXPECT_EQ(view.self_test_generated()[1], 4u);
  ASSERT_EQ(view.ops().size(), model.contents.ops.size());
  EXPECT_EQ(std::memcmp(view.ops().data(), model.contents.ops.data(), 4 * sizeof(OpRecord)), 0);
  EXPECT_EQ(view.section(SectionKind::Weights).uncompressed_bytes, model.weights.size());
  EXPECT_EQ(view.location(SectionKind::Weights).blob_offset % kAlignBytes, 0u);
  EXPECT_EQ(view.location(SectionKind::Weights).stored_bytes, model.weights.size());
}

TEST(Reader, AcceptsTheWritersBlobs) {
  for (const Storage storage : {Storage::Raw, Storage::Zstd})
    EXPECT_FAILURE(verdict_after([](BlobEditor&) {}, storage), Error::None, 0);
}

TEST(Reader, CountsOutOfTheirLimitsAreNamed) {
  struct Case {
    uint32_t Manifest::* count;
    uint64_t where;
    uint32_t limit;
  };
  const Case cases[] = {
      {&Manifest::section_count, FIELD(section_count), 2},
      {&Manifest::chunk_count, FIELD(chunk_count), kMaxChunks},
      {&Manifest::tensor_count, FIELD(tensor_count), kMaxTensors},
      {&Manifest::buffer_count, FIELD(buffer_count), kMaxBuffers},
      {&Manifest::op_count, FIELD(op_count), kMaxOps},
      {&Manifest::self_test_prompt_count, FIELD(self_test_prompt_count), kMaxSelfTestTokens},
      {&Manifest::self_test_generated_count, FIELD(self_test_generated_count), kMaxSelfTestTokens},
      {&Manifest::string_bytes, FIELD(string_bytes), kMaxStringBytes},
  };
  for (const Case& each : cases)
    for (const uint32_t value : {0u, each.limit + 1, 1u << 31, 0xFFFFFFFFu})
      EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.manifest().*each.count = value; }),
                     Error::BadCount, each.where)
          << each.where << " = " << value;
}

TEST(Reader, CountsThatDoNotFillTheManifestAreRefused) {
  for (uint32_t Manifest::* const count :
       {&Manifest::chunk_count, &Manifest::tensor_count, &Manifest::buffer_count,
        &Manifest::op_count, &Manifest::self_test_prompt_count})
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.manifest().*count += 2; }),
                   Error::BadLength, offsetof(Header, manifest_bytes));
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().tensor_count -= 1; }),
                 Error::BadLength, offsetof(Header, manifest_bytes));
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().string_bytes += 8; }),
                 Error::BadLength, offsetof(Header, manifest_bytes));
}

TEST(Reader, PaddingBetweenTablesMustBeZero) {
  // Five tokens of 4 bytes leave 4 bytes before the strings.
  const uint64_t gap = BlobEditor().offset(&TableOffsets::strings) - 1;
  EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.blob()[gap] = 1; }), Error::PaddingNotZero,
                 gap);
  const uint64_t strings = BlobEditor().offset(&TableOffsets::strings);
  const uint64_t end = strings + BlobEditor().manifest().string_bytes;
  ASSERT_LT(end, BlobEditor().offset(&TableOffsets::end));
  EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.blob()[end] = 'x'; }), Error::PaddingNotZero,
                 end);
}

TEST(Reader, PaddingBeforeSectionsMustBeZero) {
  BlobEditor editor;
  const uint64_t payload = payload_offset(editor.header());
  for (uint64_t at = sizeof(Header) + editor.header().manifest_bytes; at < payload; ++at)
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.blob()[at] = 1; }), Error::PaddingNotZero,
                   at);
  const uint64_t tokenizer_end = payload + editor.chunk(0).stored_bytes;
  ASSERT_NE(tokenizer_end % kAlignBytes, 0u);
  EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.blob()[tokenizer_end] = 1; }),
                 Error::PaddingNotZero, tokenizer_end);
}

TEST(Reader, EachReservedByteOfTheManifestMustBeZero) {
  for (size_t i = 0; i < sizeof(Manifest::reserved); ++i)
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.manifest().reserved[i] = 1; }),
                   Error::ReservedNotZero, FIELD(reserved) + i);
}

TEST(Reader, HyperparametersOutOfRangeAreNamed) {
  struct Case {
    uint32_t Manifest::* field;
    uint64_t where;
    std::vector<uint32_t> values;
  };
  const uint32_t all = 0xFFFFFFFF;
  const Case cases[] = {
      {&Manifest::vocabulary, FIELD(vocabulary), {0, kMaxVocabulary + 1, all}},
      {&Manifest::context_tokens, FIELD(context_tokens), {0, kMaxContextTokens + 1, all}},
      {&Manifest::width, FIELD(width), {0, kMaxColumns + 1, all}},
      {&Manifest::layers, FIELD(layers), {0, kMaxLayers + 1, all}},
      {&Manifest::heads, FIELD(heads), {0, kMaxHeads + 1, all}},
      {&Manifest::kv_heads, FIELD(kv_heads), {0, 3, 8, kMaxHeads + 1, all}},
      {&Manifest::head_dimension, FIELD(head_dimension), {0, 4, 12, kMaxHeadDimension + 8, all}},
      {&Manifest::ffn_width, FIELD(ffn_width), {0, kMaxColumns + 1, all}},
      {&Manifest::default_context_tokens, FIELD(default_context_tokens), {0, 65, all}},
      {&Manifest::tokenizer_kind, FIELD(tokenizer_kind), {1, 3, all}},
      {&Manifest::tokenizer_flags, FIELD(tokenizer_flags), {32 | 6, 96 | 6, 256 | 6, 1u << 31 | 6}},
      {&Manifest::piece_pool_bytes, FIELD(piece_pool_bytes), {260 * kMaxPieceBytes + 1, all}},
      {&Manifest::hash_slots, FIELD(hash_slots), {0, 3, 2 * kMaxHashSlots, all}},
      {&Manifest::bos_token, FIELD(bos_token), {260, all - 1, kNoToken}},
      {&Manifest::unknown_token, FIELD(unknown_token), {260, all - 1}},
  };
  for (const Case& each : cases)
    for (const uint32_t value : each.values)
      EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.manifest().*each.field = value; }),
                     Error::BadHyperparameter, each.where)
          << each.where << " = " << value;
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().kv_type = KvType::Count; }),
                 Error::BadHyperparameter, FIELD(kv_type));
}

TEST(Reader, TokenizerTablesOutOfTheirLimitsAreNamed) {
  struct Case {
    uint32_t Manifest::* field;
    uint64_t where;
    std::vector<uint32_t> values;
  };
  const uint32_t all = 0xFFFFFFFF;
  const Case cases[] = {
      {&Manifest::added_tokens, FIELD(added_tokens), {kMaxAddedTokens + 1, all}},
      {&Manifest::class_runs, FIELD(class_runs), {kMaxClassRuns + 1, all}},
      {&Manifest::chat_bytes, FIELD(chat_bytes), {kMaxChatBytes + 1, all}},
      {&Manifest::chat_flags, FIELD(chat_flags), {4, all}},
      // Unannounced, even what is within its limits is refused.
      {&Manifest::added_tokens, FIELD(tokenizer_kind), {1}},
      {&Manifest::chat_flags, FIELD(tokenizer_kind), {1}},
  };
  for (const Case& each : cases)
    for (const uint32_t value : each.values)
      EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.manifest().*each.field = value; }),
                     Error::BadHyperparameter, each.where)
          << each.where << " = " << value;
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().split_steps[1] = 1; }),
                 Error::BadHyperparameter, FIELD(split_steps) + 1);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) {
                   e.manifest().split_steps[0] = static_cast<uint8_t>(SplitStep::Count);
                 }),
                 Error::BadHyperparameter, FIELD(split_steps));
}

TEST(Reader, SpecialTokensMustBeInTheVocabularyAndUnusedOnesLast) {
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().eos_tokens[1] = 260; }),
                 Error::BadHyperparameter, FIELD(eos_tokens) + 4);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().eos_tokens[3] = 5; }),
                 Error::BadHyperparameter, FIELD(eos_tokens) + 12);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().eos_tokens[0] = kNoToken; }),
                 Error::None, 0);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) {
                   e.manifest().tokenizer_flags = 0;
                   e.manifest().unknown_token = kNoToken;
                 }),
                 Error::BadHyperparameter, FIELD(unknown_token));
}

TEST(Reader, SectionsMustBeTokenizerThenWeights) {
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { std::swap(e.section(0), e.section(1)); }),
                 Error::BadSection, 0);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.section(1) = e.section(0); }),
                 Error::BadSection, 1);
  EXPECT_FAILURE(
      verdict_after([](BlobEditor& e) { e.section(1).storage = static_cast<Storage>(2); }),
      Error::BadSection, 1);
}

TEST(Reader, SectionSizesMustMatchTheTablesInThem) {
  for (const uint64_t size : {uint64_t{0}, uint64_t{1} << 37, ~uint64_t{0}})
    for (const uint32_t i : {0u, 1u})
      EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.section(i).uncompressed_bytes = size; }),
                     Error::BadSection, i)
          << size;
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().vocabulary -= 1; }),
                 Error::BadSection, 0);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().hash_slots *= 2; }),
                 Error::BadSection, 0);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.manifest().piece_pool_bytes -= 1; }),
                 Error::BadSection, 0);
  for (const uint32_t rows : {260u - 32, 260u + 32})
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.tensor(0).rows = rows; }),
                   Error::BadSection, 1);
}

TEST(Reader, ASectionNeedsExactlyItsChunks) {
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) {
                   e.section(1).uncompressed_bytes = kChunkUncompressedBytes + 1;
                 }),
                 Error::BadCount, FIELD(chunk_count));
}

TEST(Reader, ChunksOfImpossibleSizeAreRefused) {
  for (const int change : {-1, 1})
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.chunk(1).stored_bytes += change; }),
                   Error::BadChunk, 1);
  // A zstd chunk is smaller than what it unpacks to, and there.
  BlobEditor editor;
  const auto uncompressed_bytes = static_cast<uint32_t>(editor.section(0).uncompressed_bytes);
  for (const uint32_t stored : {0u, uncompressed_bytes, uncompressed_bytes + 1, 0xFFFFFFFFu})
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.chunk(0).stored_bytes = stored; }),
                   Error::BadChunk, 0);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.chunk(0).codec = static_cast<Codec>(2); }),
                 Error::BadChunk, 0);
}

TEST(Reader, ChunksOfRawSectionsAreUncompressedAndHaveOneHash) {
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.section(0).storage = Storage::Raw; }),
                 Error::BadChunk, 0);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.chunk(1).uncompressed_sha256[31] ^= 1; }),
                 Error::BadChunk, 1);
}

TEST(Reader, AStoredSizeThatMovesTheEndIsRefused) {
  for (const int change : {-1, 1})
    EXPECT_FAILURE(
        verdict_after([&](BlobEditor& e) { e.chunk(0).stored_bytes += change; }, Storage::Zstd),
        Error::BadLength, offsetof(Header, payload_bytes));
}

TEST(Reader, TensorsOutOfRangeAreNamed) {
  const auto expect_bad = [](auto change) {
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { change(e.tensor(0)); }), Error::BadTensor, 0);
  };
  expect_bad([](TensorRecord& t) { t.type = static_cast<TensorType>(kTensorTypeCount); });
  expect_bad([](TensorRecord& t) { t.type = static_cast<TensorType>(255); });
  expect_bad([](TensorRecord& t) { t.layer = 1; });
  expect_bad([](TensorRecord& t) { t.layer = 0xFFFE; });
  expect_bad([](TensorRecord& t) { t.reserved = 1; });
  for (const uint16_t group : {0, 1, 31, 33, 96, 256, 0xFFFF})
    expect_bad([&](TensorRecord& t) { t.group = group; });
  for (const uint32_t count : {0u, kMaxRows + 1, 0x80000000u, 0xFFFFFFFFu}) {
    expect_bad([&](TensorRecord& t) { t.rows = count; });
    expect_bad([&](TensorRecord& t) { t.columns = count; });
  }
  expect_bad([](TensorRecord& t) { t.type = TensorType::F16; });  // has a group
}

TEST(Reader, TakesRolesThatItDoesNotKnow) {
  for (const uint8_t role : {static_cast<uint8_t>(Role::Count), uint8_t{255}})
    EXPECT_FAILURE(
        verdict_after([&](BlobEditor& e) { e.tensor(0).role = static_cast<Role>(role); }),
        Error::None, 0);
}

TEST(Reader, VectorsHaveOneRowAndNoGroup) {
  for (const size_t vector : {1, 2}) {
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.tensor(vector).rows = 2; }),
                   Error::BadTensor, vector);
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.tensor(vector).group = 32; }),
                   Error::BadTensor, vector);
  }
}

TEST(Reader, BuffersOutOfRangeAreNamed) {
  const auto expect_bad = [](size_t index, auto change) {
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { change(e.buffer(index)); }), Error::BadBuffer,
                   index);
  };
  expect_bad(0, [](BufferRecord& b) { b.type = static_cast<BufferType>(2); });
  expect_bad(0, [](BufferRecord& b) { b.rows = static_cast<BufferRows>(2); });
  expect_bad(0, [](BufferRecord& b) { b.group = 32; });
  expect_bad(2, [](BufferRecord& b) { b.group = 0; });
  expect_bad(2, [](BufferRecord& b) { b.group = 48; });
  expect_bad(3, [](BufferRecord& b) { b.width = 0; });
  expect_bad(3, [](BufferRecord& b) { b.width = kMaxColumns + 1; });
  expect_bad(3, [](BufferRecord& b) { b.row_offset_bytes += 32; });
  expect_bad(3, [](BufferRecord& b) { b.reserved = 1; });
}

TEST(Reader, SelfTestTokensMustFitVocabularyAndContext) {
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.self_test_token(4) = 260; }),
                 Error::BadSelfTest, 4);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) {
                   e.manifest().context_tokens = e.manifest().default_context_tokens = 4;
                 }),
                 Error::BadSelfTest, 4);
}

TEST(Reader, StringsThatAreNotCleanUtf8AreRefused) {
  // "tiny", the first string, replaced by four bytes.
  for (const char* const bytes :
       {"\x01zzz", "zzz\x1F", "z\x7Fzz", "\xC2\x80zz", "\xC2\x9Fzz", "zzz\x80", "\xC0\xAFzz",
        "\xC1\xBFzz", "\xE0\x80\xAFz", "\xED\xA0\x80z", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFFzzz", "zzz\xC3", "\xE2\x82zz"})
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { std::memcpy(e.strings(), bytes, 4); }),
                   Error::BadString, 0);
  for (const char* const bytes :
       {"\xC2\xA0zz", "z\xE2\x82\xAC", "\xF0\x9F\x90\xB1", "\xEF\xBF\xBDz"})
    EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { std::memcpy(e.strings(), bytes, 4); }),
                   Error::None, 0);
}

TEST(Reader, ThereAreExactlyAsManyStringsAsExpected) {
  const uint32_t last = BlobEditor().manifest().string_bytes - 1;
  const uint32_t strings = kStringCount + 3;
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.strings()[1] = 0; }), Error::BadString,
                 strings);
  EXPECT_FAILURE(verdict_after([](BlobEditor& e) { e.strings()[4] = 'x'; }), Error::BadString,
                 strings - 1);
  EXPECT_FAILURE(verdict_after([&](BlobEditor& e) { e.strings()[last] = 'x'; }), Error::BadString,
                 strings - 1);
}

TEST(Reader, ThePrefixAloneSaysWhatMemoryIsNeeded) {
  BlobEditor editor;
  const Bytes first = {editor.blob().data(), sizeof(Prefix)};
  const Prefix& prefix = *check_prefix(first, editor.blob().size()).value();
  EXPECT_EQ(prefix.sections[1].uncompressed_bytes, editor.section(1).uncompressed_bytes);
  EXPECT_FAILURE(check_prefix(first.first(sizeof(Prefix) - 1), editor.blob().size()).failure(),
                 Error::Truncated, sizeof(Prefix));
  editor.manifest().layers = 0;
  EXPECT_FAILURE(check_prefix(first, editor.blob().size()).failure(), Error::BadHyperparameter,
                 FIELD(layers));
}

}  // namespace
}  // namespace nibble::format
