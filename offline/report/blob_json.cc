// The JSON form of `nibble inspect`.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/report/blob_summary.h"
#include "offline/report/blob_text.h"
#include "offline/report/names.h"
#include "offline/report/program_text.h"

namespace nibble::offline {
namespace {

using format::StringIndex;
using Json = nlohmann::ordered_json;

Json header_json(const format::Header& header) {
  return {{"version_major", header.version_major},
          {"version_minor", header.version_minor},
          {"required_features", header.required_features},
          {"optional_features", header.optional_features},
          {"total_bytes", header.total_bytes},
          {"manifest_bytes", header.manifest_bytes},
          {"payload_bytes", header.payload_bytes},
          {"signature_algorithm", header.signature_algorithm}};
}

Json provenance_json(const format::ManifestView& manifest) {
  const auto text = [&](StringIndex index) { return string_of(manifest.string(index)); };
  return {{"name", text(StringIndex::Name)},
          {"architecture", text(StringIndex::Architecture)},
          {"license", text(StringIndex::License)},
          {"source", text(StringIndex::Source)},
          {"source_sha256", text(StringIndex::SourceSha256)},
          {"quantization", text(StringIndex::Quantization)},
          {"tool", text(StringIndex::Tool)}};
}

Json shape_json(const format::Manifest& record) {
  return {{"vocabulary", record.vocabulary},
          {"context_tokens", record.context_tokens},
          {"default_context_tokens", record.default_context_tokens},
          {"width", record.width},
          {"layers", record.layers},
          {"heads", record.heads},
          {"kv_heads", record.kv_heads},
          {"head_dimension", record.head_dimension},
          {"ffn_width", record.ffn_width},
          {"cache", name_of(record.kv_type)}};
}

Json section_json(const SectionSummary& section) {
  return {{"kind", name_of(section.record.kind)},
          {"storage", name_of(section.record.storage)},
          {"offset", section.blob_offset},
          {"uncompressed_bytes", section.uncompressed_bytes},
          {"stored_bytes", section.stored_bytes},
          {"chunks", section.chunks},
          {"compressed_chunks", section.compressed_chunks}};
}

Json tensor_json(const TensorSummary& tensor) {
  return {{"name", tensor.name},
          {"role", name_of(tensor.record.role)},
          {"type", name_of(tensor.record.type)},
          {"group", tensor.record.group},
          {"shape", {tensor.record.rows, tensor.record.columns}},
          {"bits_per_weight", tensor.bits_per_weight},
          {"uncompressed_bytes", tensor.uncompressed_bytes},
          {"stored_bytes", tensor.stored_bytes}};
}

template <class Item>
Json list_json(const std::vector<Item>& items, Json (*item_json)(const Item&)) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(item_json(item));
  return list;
}

Json self_test_json(const format::ManifestView& manifest) {
  Json prompt = Json::array(), generated = Json::array();
  for (const uint32_t token : manifest.self_test_prompt()) prompt.push_back(token);
  for (const uint32_t token : manifest.self_test_generated()) generated.push_back(token);
  return {{"prompt", prompt},
          {"generated", generated},
          {"logits_sha256", hex(manifest.record().self_test_logits_sha256)}};
}

}  // namespace

Json blob_json(const format::ManifestView& manifest) {
  const BlobSummary summary = summarize(manifest);
  return {{"identity", hex(manifest.identity())},
          {"header", header_json(manifest.header())},
          {"provenance", provenance_json(manifest)},
          {"shape", shape_json(manifest.record())},
          {"weights", summary.weights},
          {"bits_per_weight", summary.bits_per_weight},
          {"sections", list_json(summary.sections, section_json)},
          {"tensors", list_json(summary.tensors, tensor_json)},
          {"buffers", buffers_json(manifest)},
          {"program", program_json(manifest)},
          {"self_test", self_test_json(manifest)}};
}

}  // namespace nibble::offline
