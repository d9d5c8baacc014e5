// Copies a model's figures into the manifest's fields.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/contents.h"

#include <set>

#include "offline/blob/weights_section.h"
#include "offline/files/input_error.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::StringIndex;

uint32_t default_context(const HyperParameters& shape, const SessionDefaults& defaults) {
  if (defaults.context_tokens > shape.max_position_embeddings) {
    throw InputError("context", "of " + std::to_string(defaults.context_tokens) +
                                    " tokens is more than the model's " +
                                    std::to_string(shape.max_position_embeddings));
  }
  return defaults.context_tokens != 0 ? defaults.context_tokens : shape.max_position_embeddings;
}

format::Manifest manifest_of(const HyperParameters& shape, const SessionDefaults& defaults) {
  format::Manifest manifest{};
  manifest.vocabulary = shape.vocab_size;
  manifest.context_tokens = shape.max_position_embeddings;
  manifest.width = shape.hidden_size;
  manifest.layers = shape.num_hidden_layers;
  manifest.heads = shape.num_attention_heads;
  manifest.kv_heads = shape.num_key_value_heads;
  manifest.head_dimension = shape.head_dim;
  manifest.ffn_width = shape.intermediate_size;
  manifest.kv_type = defaults.kv;
  manifest.default_context_tokens = default_context(shape, defaults);
  return manifest;
}

std::string scheme_text(const Scheme& scheme) {
  const std::string group = " g" + std::to_string(scheme.group);
  switch (scheme.type) {
    case format::TensorType::F16:
      return "f16";
    case format::TensorType::Int8:
      return "int8" + group;
    case format::TensorType::Int4:
      return "int4" + group;
    case format::TensorType::Int4Zero:
      return "int4 asymmetric" + group;
    default:
      return "";
  }
}

/// "round to nearest, int4 g128 + int8 g64": every scheme that a matrix has.
std::string quantization_text(const Network& network, const std::string& quantizer_name) {
  std::set<std::string> schemes;
  for (const TensorPlan& plan : network.tensors) {
    if (format::is_matrix(plan.scheme.type)) schemes.insert(scheme_text(plan.scheme));
  }
  std::string text;
  for (const std::string& scheme : schemes) text += (text.empty() ? "" : " + ") + scheme;
  return quantizer_name + ", " + text;
}

}  // namespace

BlobContents describe(const SourceModel& model, const Network& network,
                      const std::string& quantizer_name, const SessionDefaults& defaults) {
  BlobContents contents;
  contents.manifest = manifest_of(*model.shape, defaults);
  const auto set = [&contents](StringIndex index, const std::string& text) {
    contents.strings[static_cast<size_t>(index)] = text;
  };
  set(StringIndex::Name, model.provenance.name);
  set(StringIndex::Architecture, std::string(model.architecture->name));
  set(StringIndex::License, model.provenance.license);
  set(StringIndex::Source, model.provenance.source);
  set(StringIndex::SourceSha256, model.provenance.source_sha256);
  set(StringIndex::Quantization, quantization_text(network, quantizer_name));
  set(StringIndex::Tool, "nibble " NIBBLE_VERSION);
  for (const TensorPlan& plan : network.tensors) contents.tensor_names.push_back(plan.name);
  contents.tensors = tensor_records(network);
  contents.buffers = network.buffers;
  contents.ops = network.ops;
  return contents;
}

}  // namespace nibble::offline
