// The text form of `nibble inspect`.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/blob_text.h"

#include "offline/report/blob_summary.h"
#include "offline/report/names.h"
#include "offline/report/program_text.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

using format::StringIndex;

/// "1, 2": the generations of operations that the program uses.
std::string generations_text(uint32_t required_features) {
  std::string text;
  for (uint8_t i = 1; i <= format::kMaxOpGenerations; ++i) {
    if ((required_features & format::generation_feature(i)) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(i);
  }
  return text;
}

std::string header_text(const format::ManifestView& manifest) {
  const format::Header& header = manifest.header();
  TextTable table({{""}, {""}});
  table.add_row({"format", std::to_string(header.version_major) + "." +
                               std::to_string(header.version_minor)});
  table.add_row({"op generations", generations_text(header.required_features)});
  table.add_row({"identity", hex(manifest.identity())});
  table.add_row({"total bytes", grouped(header.total_bytes)});
  table.add_row({"manifest bytes", grouped(header.manifest_bytes)});
  table.add_row({"payload bytes", grouped(header.payload_bytes)});
  table.add_row({"signature", header.signature_algorithm == 0 ? "none" : "present"});
  const auto string_row = [&](const char* title, StringIndex index) {
    const std::string value = string_of(manifest.string(index));
    table.add_row({title, value.empty() ? "(not stated)" : value});
  };
  string_row("name", StringIndex::Name);
  string_row("architecture", StringIndex::Architecture);
  string_row("license", StringIndex::License);
  string_row("source", StringIndex::Source);
  string_row("source SHA-256", StringIndex::SourceSha256);
  string_row("quantization", StringIndex::Quantization);
  string_row("packed by", StringIndex::Tool);
  return table.text();
}

std::string shape_text(const format::Manifest& record) {
  TextTable table({{""}, {"", Align::Right}});
  const auto row = [&](const char* title, uint32_t value) {
    table.add_row({title, grouped(value)});
  };
  row("vocabulary", record.vocabulary);
  row("context tokens", record.context_tokens);
  row("default context", record.default_context_tokens);
  row("width", record.width);
  row("layers", record.layers);
  row("heads", record.heads);
  row("kv heads", record.kv_heads);
  row("head dimension", record.head_dimension);
  row("ffn width", record.ffn_width);
  table.add_row({"cache", name_of(record.kv_type)});
  row("self-test prompt", record.self_test_prompt_count);
  row("self-test tokens", record.self_test_generated_count);
  return table.text();
}

std::string sections_text(const BlobSummary& summary) {
  TextTable table({{"section"},
                   {"storage"},
                   {"offset", Align::Right},
                   {"uncompressed", Align::Right},
                   {"stored", Align::Right},
                   {"chunks", Align::Right},
                   {"compressed", Align::Right}});
  for (const SectionSummary& section : summary.sections) {
    table.add_row({name_of(section.record.kind), name_of(section.record.storage),
                   grouped(section.blob_offset), grouped(section.uncompressed_bytes),
                   grouped(section.stored_bytes), std::to_string(section.chunks),
                   std::to_string(section.compressed_chunks)});
  }
  return table.text();
}

std::string tensors_text(const BlobSummary& summary) {
  TextTable table({{"#", Align::Right},
                   {"tensor"},
                   {"role"},
                   {"type"},
                   {"shape", Align::Right},
                   {"bits/weight", Align::Right},
                   {"uncompressed", Align::Right},
                   {"stored", Align::Right}});
  for (size_t i = 0; i < summary.tensors.size(); ++i) {
    const TensorSummary& tensor = summary.tensors[i];
    table.add_row({std::to_string(i), tensor.name, name_of(tensor.record.role),
                   scheme_name(tensor.record.type, tensor.record.group),
                   std::to_string(tensor.record.rows) + "×" + std::to_string(tensor.record.columns),
                   decimal(tensor.bits_per_weight, 3), grouped(tensor.uncompressed_bytes),
                   grouped(tensor.stored_bytes)});
  }
  return table.text();
}

}  // namespace

std::string blob_text(const format::ManifestView& manifest) {
  const BlobSummary summary = summarize(manifest);
  return header_text(manifest) + "\nHyper-parameters\n" + shape_text(manifest.record()) +
         "\nSections\n" + sections_text(summary) + "\nTensors\n" + tensors_text(summary) +
         grouped(summary.weights) + " weights, " + decimal(summary.bits_per_weight, 3) +
         " bits each\n\nBuffers\n" + buffers_text(manifest) + "\nProgram\n" +
         program_text(manifest);
}

}  // namespace nibble::offline
