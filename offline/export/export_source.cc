// Reads back from a blob what the packer wrote into it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/export_source.h"

#include <cstring>

#include "offline/architectures/decoder.h"
#include "offline/blob/tiles.h"
#include "offline/formats/split_rules.h"
#include "offline/report/blob_summary.h"
#include "offline/weights/memory_weights.h"
#include "runtime/format/layout.h"
#include "runtime/model/model_state.h"
#include "runtime/tokenizer/tables.h"

namespace nibble::offline {
namespace {

using format::TensorType;

/// A matrix of a loaded blob: rows are untangled from its blocks as they are asked for.
class TiledWeights final : public WeightSource {
 public:
  TiledWeights(const format::TensorRecord& record, std::span<const uint8_t> bytes)
      : WeightSource(record.rows, record.columns), record_(record), bytes_(bytes) {}

  std::optional<Scheme> stored_scheme() const override {
    return Scheme{record_.type, record_.group};
  }

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    const auto rows = static_cast<uint32_t>(out.size() / columns());
    hold_quantized(read_codes(first_row, rows))->read_rows(0, out);
  }
  QuantizedMatrix read_codes(uint32_t first_row, uint32_t row_count) const override {
    return read_tiles(record_, bytes_, first_row, row_count);
  }

  format::TensorRecord record_;
  std::span<const uint8_t> bytes_;
};

Weights vector_of(const format::TensorRecord& record, std::span<const uint8_t> bytes) {
  std::vector<float> values(record.columns);
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return hold_floats(1, record.columns, std::move(values));
}

TensorPlan plan_of(const format::TensorRecord& record, std::string name,
                   std::span<const uint8_t> bytes) {
  TensorPlan plan;
  plan.name = std::move(name);
  plan.role = record.role;
  plan.layer = record.layer;
  plan.scheme = {record.type, record.group};
  plan.rows = record.rows;
  plan.columns = record.columns;
  if (record.type == TensorType::U64Vector) {
    plan.increments.resize(record.columns);
    std::memcpy(plan.increments.data(), bytes.data(), record.columns * sizeof(uint64_t));
  } else if (record.type == TensorType::F32Vector) {
    plan.source = vector_of(record, bytes);
  } else {
    plan.source = std::make_shared<TiledWeights>(record, bytes);
  }
  return plan;
}

Network network_of(const LoadedModel& model, const format::ManifestView& manifest) {
  const ModelState& state = ModelState::of(model.model());
  Network network;
  for (uint32_t i = 0; i < manifest.tensors().size(); ++i) {
    const format::TensorRecord& record = manifest.tensors()[i];
    const size_t bytes = format::tensor_bytes(record).total().value();
    network.tensors.push_back(plan_of(record, string_of(manifest.tensor_name(i)),
                                      {state.weights + state.tensor_offsets[i], bytes}));
  }
  network.buffers.assign(manifest.buffers().begin(), manifest.buffers().end());
  network.ops.assign(manifest.ops().begin(), manifest.ops().end());
  return network;
}

Vocabulary vocabulary_of(const LoadedModel& model, const format::Manifest& record) {
  const TokenizerTables tables(model.model().tokenizer());
  Vocabulary vocabulary;
  vocabulary.kind = static_cast<format::TokenizerKind>(record.tokenizer_kind);
  vocabulary.flags = record.tokenizer_flags;
  bool all_are_whole = true;
  for (Token token = 0; token < record.vocabulary; ++token) {
    const uint16_t merge = tables.merge(token);
    if (tables.type(token) == format::PieceType::Normal) {
      all_are_whole = all_are_whole && (merge & format::kWholeWord) != 0;
    }
    vocabulary.pieces.push_back(
        {.text = string_of(tables.text(token)),
         .rank = tables.rank(token),
         .type = tables.type(token),
         .left_bytes = static_cast<uint16_t>(merge & format::kLeftBytesMask)});
  }
  for (const uint8_t step : record.split_steps) {
    if (step != 0) vocabulary.split_steps.push_back(static_cast<format::SplitStep>(step));
  }
  // Where merges make every piece, ignoring them gives the same tokens: what has a name is taken.
  vocabulary.ignores_merges = all_are_whole && !name_of_split({vocabulary.split_steps, false});
  vocabulary.bos = record.bos_token;
  vocabulary.unknown = record.unknown_token;
  for (const uint32_t token : record.eos_tokens) {
    if (token != format::kNoToken) vocabulary.eos.push_back(token);
  }
  return vocabulary;
}

HyperParameters shape_of(const format::Manifest& record) {
  HyperParameters shape;
  shape.vocab_size = record.vocabulary;
  shape.hidden_size = record.width;
  shape.intermediate_size = record.ffn_width;
  shape.num_hidden_layers = record.layers;
  shape.num_attention_heads = record.heads;
  shape.num_key_value_heads = record.kv_heads;
  shape.head_dim = record.head_dimension;
  shape.max_position_embeddings = record.context_tokens;
  return shape;
}

std::vector<RotarySettings> rotary_of(const HyperParameters& shape) {
  const auto* const decoder = dynamic_cast<const DecoderParameters*>(&shape);
  return decoder == nullptr ? std::vector<RotarySettings>{} : decoder->rotary;
}

}  // namespace

ExportSource export_source(const SourceModel& model) {
  return {std::string(model.architecture->name),
          model.provenance.name,
          model.provenance.license,
          *model.shape,
          model.vocabulary,
          rotary_of(*model.shape),
          model.compile_as_f16(),
          nullptr};
}

ExportSource export_source(std::shared_ptr<const LoadedModel> model) {
  const format::ManifestView manifest = open_manifest(model->verified_bytes(), model->name());
  const ModelStrings& strings = model->model().strings();
  return {string_of(strings.architecture),
          string_of(strings.name),
          string_of(strings.license),
          shape_of(manifest.record()),
          vocabulary_of(*model, manifest.record()),
          {},
          network_of(*model, manifest),
          model};
}

}  // namespace nibble::offline
