// Copies a model's figures into the manifest's fields.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/contents.h"

#include <set>

#include "offline/files/input_error.h"
#include "offline/blob/weights_section.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::StringIndex;

uint32_t default_context(const HyperParameters& shape, const PackOptions& options) {
  if (options.context_tokens > shape.max_position_embeddings) {
    throw InputError("context", "of " + std::to_string(options.context_tokens) +
                                    " tokens is more than the model's " +
                                    std::to_string(shape.max_position_embeddings));
  }
  return options.context_tokens != 0 ? options.context_tokens : shape.max_position_embeddings;
}

format::Manifest manifest_of(const HyperParameters& shape, const PackOptions& options) {
  format::Manifest manifest{};
  manifest.vocabulary = shape.vocab_size;
  manifest.context_tokens = shape.max_position_embeddings;
  manifest.width = shape.hidden_size;
  manifest.layers = shape.num_hidden_layers;
  manifest.heads = shape.num_attention_heads;
  manifest.kv_heads = shape.num_key_value_heads;
  manifest.head_dimension = shape.head_dim;
  manifest.ffn_width = shape.intermediate_size;
  manifest.kv_type = options.kv;
  manifest.default_context_tokens = default_context(shape, options);
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
std::string quantization_text(const Network& network, const Quantizer& quantizer) {
  std::set<std::string> schemes;
  for (const TensorPlan& plan : network.tensors) {
    if (format::is_matrix(plan.scheme.type)) schemes.insert(scheme_text(plan.scheme));
  }
  std::string text;
  for (const std::string& scheme : schemes) text += (text.empty() ? "" : " + ") + scheme;
  return quantizer.name() + ", " + text;
}

}  // namespace

SchemeChoice scheme_choice(const PackOptions& options) {
  return [&options](format::Role role, uint16_t) {
    const auto found = options.roles.find(role);
    return found != options.roles.end() ? found->second : options.weights;
  };
}

BlobContents describe(const SourceModel& model, const Network& network, const PackOptions& options,
                      const Quantizer& quantizer) {
  BlobContents contents;
  contents.manifest = manifest_of(model.shape, options);
  const auto set = [&contents](StringIndex index, const std::string& text) {
    contents.strings[static_cast<size_t>(index)] = text;
  };
  set(StringIndex::Name, model.provenance.name);
  set(StringIndex::Architecture, model.shape.architecture);
  set(StringIndex::License, model.provenance.license);
  set(StringIndex::Source, model.provenance.source);
  set(StringIndex::SourceSha256, model.provenance.source_sha256);
  set(StringIndex::Quantization, quantization_text(network, quantizer));
  set(StringIndex::Tool, "nibble " NIBBLE_VERSION);
  for (const TensorPlan& plan : network.tensors) contents.tensor_names.push_back(plan.name);
  contents.tensors = tensor_records(network);
  contents.buffers = network.buffers;
  contents.ops = network.ops;
  return contents;
}

}  // namespace nibble::offline
