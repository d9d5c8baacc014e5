// Prints what a reader made of a source.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/source_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

Json shape_json(const HyperParameters& shape) {
  return {{"context", shape.max_position_embeddings}, {"width", shape.hidden_size},
          {"layers", shape.num_hidden_layers},        {"heads", shape.num_attention_heads},
          {"kv_heads", shape.num_key_value_heads},    {"head_dimension", shape.head_dim},
          {"ffn_width", shape.intermediate_size},     {"tied_head", shape.tie_word_embeddings}};
}

const char* kind_name(format::TokenizerKind kind) {
  switch (kind) {
    case format::TokenizerKind::SentencePieceBpe:
      return "SentencePiece BPE";
    case format::TokenizerKind::ByteLevelBpe:
      return "byte-level BPE";
    default:
      return "unigram";
  }
}

Json tokenizer_json(const Vocabulary& vocabulary) {
  const auto has = [&](format::TokenizerFlag flag) { return (vocabulary.flags & flag) != 0; };
  const auto count = [&](format::PieceType type) {
    return std::ranges::count(vocabulary.pieces, type, &Piece::type);
  };
  Json bos = vocabulary.bos == format::kNoToken ? Json() : Json(vocabulary.bos);
  return {{"kind", kind_name(vocabulary.kind)},
          {"tokens", vocabulary.pieces.size()},
          {"control_tokens", count(format::PieceType::Control)},
          {"added_tokens", count(format::PieceType::UserDefined)},
          {"unused_tokens", count(format::PieceType::Unused)},
          {"begin_token", bos},
          {"end_tokens", vocabulary.eos},
          {"adds_begin_token", has(format::kAddBos)},
          {"adds_space", has(format::kAddDummyPrefix)},
          {"byte_fallback", has(format::kByteFallback)}};
}

uint64_t element_count(const SourceTensor& tensor) {
  return uint64_t{tensor.weights->rows()} * tensor.weights->columns();
}

Json tensor_json(const std::string& name, const SourceTensor& tensor) {
  return {{"name", name},
          {"type", tensor.type},
          {"shape", tensor.shape},
          {"bytes", tensor.stored_bytes}};
}

std::string shape_text(const SourceTensor& tensor) {
  std::string text;
  for (const uint64_t dimension : tensor.shape) {
    text += (text.empty() ? "" : "×") + std::to_string(dimension);
  }
  return text;
}

/// The members of an object of plain values, one line each.
void add_members(const Json& object, TextTable& table) {
  for (const auto& [key, value] : object.items()) {
    std::string label = key;
    std::ranges::replace(label, '_', ' ');
    table.add_row({label, value.is_string() ? value.get<std::string>() : value.dump()});
  }
}

std::string tensors_text(const SourceModel& model) {
  TextTable table({{"tensor"}, {"type"}, {"shape", Align::Right}, {"bytes", Align::Right}});
  uint64_t elements = 0, bytes = 0;
  for (const auto& [name, tensor] : model.tensors) {
    table.add_row({name, tensor.type, shape_text(tensor), grouped(tensor.stored_bytes)});
    elements += element_count(tensor);
    bytes += tensor.stored_bytes;
  }
  return table.text() + grouped(model.tensors.size()) + " tensors, " + grouped(elements) +
         " weights, " + grouped(bytes) + " bytes\n";
}

Json head_json(const SourceModel& model) {
  return {{"format", model.format},
          {"architecture", model.architecture->name},
          {"name", model.provenance.name},
          {"license", model.provenance.license},
          {"source", model.provenance.source},
          {"source_sha256", model.provenance.source_sha256}};
}

}  // namespace

std::string source_text(const SourceModel& model) {
  TextTable head({{""}, {""}}), shape({{""}, {""}}), tokenizer({{""}, {""}});
  add_members(head_json(model), head);
  add_members(shape_json(*model.shape), shape);
  add_members(tokenizer_json(model.vocabulary), tokenizer);
  return head.text() + "\nSettings\n" + shape.text() + "\nTokenizer\n" + tokenizer.text() +
         "\nTensors\n" + tensors_text(model);
}

Json source_json(const SourceModel& model) {
  Json json = head_json(model);
  json["settings"] = shape_json(*model.shape);
  json["tokenizer"] = tokenizer_json(model.vocabulary);
  json["tensors"] = Json::array();
  for (const auto& [name, tensor] : model.tensors) {
    json["tensors"].push_back(tensor_json(name, tensor));
  }
  return json;
}

}  // namespace nibble::offline
