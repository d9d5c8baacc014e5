// docs/FORMAT.md against the records in the code: every field in every table, at its offset.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "runtime/format/ops.h"

namespace nibble::format {
namespace {

struct Field {
  std::string name;
  size_t offset;
  size_t bytes;
};

#define FIELD(record, name) {#name, offsetof(record, name), sizeof(record::name)}

/// Heading of the page's section → the fields of the record it describes.
const std::map<std::string, std::vector<Field>> kRecords = {
    {"## 2. ",
     {FIELD(Header, magic), FIELD(Header, endian_tag), FIELD(Header, version_major),
      FIELD(Header, version_minor), FIELD(Header, header_bytes), FIELD(Header, required_features),
      FIELD(Header, optional_features), FIELD(Header, reserved0), FIELD(Header, total_bytes),
      FIELD(Header, manifest_bytes), FIELD(Header, payload_bytes), FIELD(Header, manifest_sha256),
      FIELD(Header, signature_algorithm), FIELD(Header, security_counter), FIELD(Header, key_id),
      FIELD(Header, signature), FIELD(Header, reserved1)}},
    {"### 4.1 ",
     {FIELD(Manifest, section_count),
      FIELD(Manifest, chunk_count),
      FIELD(Manifest, tensor_count),
      FIELD(Manifest, buffer_count),
      FIELD(Manifest, op_count),
      FIELD(Manifest, self_test_prompt_count),
      FIELD(Manifest, self_test_generated_count),
      FIELD(Manifest, string_bytes),
      FIELD(Manifest, vocabulary),
      FIELD(Manifest, context_tokens),
      FIELD(Manifest, width),
      FIELD(Manifest, layers),
      FIELD(Manifest, heads),
      FIELD(Manifest, kv_heads),
      FIELD(Manifest, head_dimension),
      FIELD(Manifest, ffn_width),
      FIELD(Manifest, kv_type),
      FIELD(Manifest, default_context_tokens),
      FIELD(Manifest, tokenizer_kind),
      FIELD(Manifest, tokenizer_flags),
      FIELD(Manifest, piece_pool_bytes),
      FIELD(Manifest, hash_slots),
      FIELD(Manifest, bos_token),
      FIELD(Manifest, eos_tokens),
      FIELD(Manifest, unknown_token),
      FIELD(Manifest, self_test_logits_sha256),
      FIELD(Manifest, split_steps),
      FIELD(Manifest, added_tokens),
      FIELD(Manifest, class_runs),
      FIELD(Manifest, normalization_bytes),
      FIELD(Manifest, chat_bytes),
      FIELD(Manifest, chat_flags),
      FIELD(Manifest, reserved)}},
    {"### 4.2 ",
     {FIELD(SectionRecord, kind), FIELD(SectionRecord, storage),
      FIELD(SectionRecord, uncompressed_bytes)}},
    {"### 4.3 ",
     {FIELD(ChunkRecord, stored_bytes), FIELD(ChunkRecord, codec),
      FIELD(ChunkRecord, stored_sha256), FIELD(ChunkRecord, uncompressed_sha256)}},
    {"### 4.4 ",
     {FIELD(TensorRecord, type), FIELD(TensorRecord, role), FIELD(TensorRecord, layer),
      FIELD(TensorRecord, group), FIELD(TensorRecord, reserved), FIELD(TensorRecord, rows),
      FIELD(TensorRecord, columns)}},
    {"### 4.5 ",
     {FIELD(BufferRecord, type), FIELD(BufferRecord, rows), FIELD(BufferRecord, group),
      FIELD(BufferRecord, width), FIELD(BufferRecord, row_offset_bytes),
      FIELD(BufferRecord, reserved)}},
    {"### 4.6 ",
     {FIELD(OpRecord, code), FIELD(OpRecord, flags), FIELD(OpRecord, layer),
      FIELD(OpRecord, output), FIELD(OpRecord, input), FIELD(OpRecord, tensor),
      FIELD(OpRecord, argument)}},
};

/// Rows `| offset | bytes | field …` of the page, by the heading they stand under.
std::map<std::string, std::vector<Field>> fields_of_page() {
  std::ifstream page(NIBBLE_SOURCE_DIR "/docs/FORMAT.md");
  EXPECT_TRUE(page.is_open());
  const std::regex row(R"(\| (\d+) \| (\d+) \| ([a-z0-9_]+)(\[\d\])? \|.*)");
  std::map<std::string, std::vector<Field>> found;
  std::string heading, line;
  for (std::smatch match; std::getline(page, line);) {
    for (const auto& [record_heading, fields] : kRecords)
      if (line.rfind(record_heading, 0) == 0) heading = record_heading;
    if (std::regex_match(line, match, row))
      found[heading].push_back({match[3], std::stoul(match[1]), std::stoul(match[2])});
  }
  return found;
}

TEST(Specification, HasEveryFieldAtItsOffset) {
  std::map<std::string, std::vector<Field>> page = fields_of_page();
  for (const auto& [heading, fields] : kRecords) {
    ASSERT_EQ(page[heading].size(), fields.size()) << heading;
    for (size_t i = 0; i < fields.size(); ++i) {
      EXPECT_EQ(page[heading][i].name, fields[i].name) << heading;
      EXPECT_EQ(page[heading][i].offset, fields[i].offset) << heading << fields[i].name;
      EXPECT_EQ(page[heading][i].bytes, fields[i].bytes) << heading << fields[i].name;
    }
  }
}

TEST(Specification, TablesFillTheirRecordsWithoutGaps) {
  for (const auto& [heading, fields] : fields_of_page()) {
    size_t end = 0;
    for (const Field& field : fields) {
      EXPECT_EQ(field.offset, end) << heading << field.name;
      end += field.bytes;
    }
  }
}

/// A row of the page's table of operations.
struct OpOfPage {
  unsigned long code, generation;
  std::string name;
  bool in_place, tensors, arguments;
};

std::vector<OpOfPage> ops_of_page() {
  std::ifstream page(NIBBLE_SOURCE_DIR "/docs/FORMAT.md");
  const std::regex row(R"(\| (\d+) \| ([a-z_]+) \| (\d+) \|[^|]*\|([^|]*)\| ([^|]*)\| ([^|]*)\|)");
  std::vector<OpOfPage> ops;
  std::string line;
  for (std::smatch match; std::getline(page, line);) {
    if (!std::regex_match(line, match, row)) continue;
    ops.push_back({.code = std::stoul(match[1]),
                   .generation = std::stoul(match[3]),
                   .name = match[2],
                   .in_place = match[4].str().find("in place") != std::string::npos,
                   .tensors = match[5].length() != 0,
                   .arguments = match[6].length() != 0});
  }
  return ops;
}

TEST(Specification, HasEveryOperation) {
  const std::vector<OpOfPage> page = ops_of_page();
  ASSERT_EQ(page.size(), kOpCount);
  for (size_t i = 0; i < kOpCount; ++i) {
    const OpRules& rules = kOps[i].rules;
    EXPECT_EQ(page[i].code, i);
    EXPECT_EQ(page[i].name, kOps[i].name);
    EXPECT_EQ(page[i].generation, rules.generation) << page[i].name;
    EXPECT_EQ(page[i].in_place, rules.in_place) << page[i].name;
    EXPECT_EQ(page[i].tensors, rules.tensors != 0) << page[i].name;
    EXPECT_EQ(page[i].arguments, rules.arguments[0] != ArgumentKind::None) << page[i].name;
  }
}

}  // namespace
}  // namespace nibble::format
