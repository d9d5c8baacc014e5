// Names tensors by their roles, puts rotary rows in the order that the family wants, adds the keys.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/gguf_export.h"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include "offline/export/gguf_writer.h"
#include "offline/export/rotary_keys.h"
#include "offline/export/vocabulary_keys.h"
#include "offline/files/input_error.h"
#include "offline/formats/gguf/families.h"
#include "offline/weights/memory_weights.h"
#include "offline/weights/rearrange.h"
#include "runtime/format/layout.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::OpCode;
using format::Role;

struct RoleName {
  Role role;
  const char* name;  ///< of a tensor in a layer behind "blk.<layer>."
};
constexpr RoleName kRoleNames[] = {
    {Role::Embedding, "token_embd.weight"},
    {Role::AttentionNorm, "attn_norm.weight"},
    {Role::Query, "attn_q.weight"},
    {Role::Key, "attn_k.weight"},
    {Role::Value, "attn_v.weight"},
    {Role::AttentionOutput, "attn_output.weight"},
    {Role::FfnNorm, "ffn_norm.weight"},
    {Role::FfnGate, "ffn_gate.weight"},
    {Role::FfnUp, "ffn_up.weight"},
    {Role::FfnDown, "ffn_down.weight"},
    {Role::FinalNorm, "output_norm.weight"},
    {Role::Head, "output.weight"},
    {Role::QueryBias, "attn_q.bias"},
    {Role::KeyBias, "attn_k.bias"},
    {Role::ValueBias, "attn_v.bias"},
    {Role::AttentionOutputBias, "attn_output.bias"},
    {Role::PositionEmbedding, "position_embd.weight"},
    {Role::AttentionNormBias, "attn_norm.bias"},
    {Role::FfnNormBias, "ffn_norm.bias"},
    {Role::FfnUpBias, "ffn_up.bias"},
    {Role::FfnDownBias, "ffn_down.bias"},
    {Role::FinalNormBias, "output_norm.bias"},
};

std::string name_of_tensor(const TensorPlan& plan) {
  const auto found = std::ranges::find(kRoleNames, plan.role, &RoleName::role);
  if (found == std::end(kRoleNames)) {
    throw InputError("tensor " + plan.name, "has a role that GGUF has no name for");
  }
  if (plan.layer == format::kNoLayer) return found->name;
  return "blk." + std::to_string(plan.layer) + "." + found->name;
}

/// As general.file_type numbers what most matrices are; for people.
uint32_t file_type(const std::string& type) {
  if (type == "F32") return 0;
  if (type == "F16") return 1;
  if (type == "Q4_0") return 2;
  return type == "Q4_1" ? 3 : 7;
}

class Exporter {
 public:
  Exporter(const ExportSource& source, ExportType type)
      : source_(source), type_(type), family_(family_of(source.architecture)) {}

  GgufSummary write(const std::string& tool, const std::filesystem::path& path) {
    for (const TensorPlan& plan : source_.network.tensors) {
      is_joined(plan.role) ? join(plan) : add_tensor(plan);
    }
    write_gguf(path, keys(tool), tensors_);
    summary_.tensors = static_cast<uint32_t>(tensors_.size());
    summary_.file_bytes = std::filesystem::file_size(path);
    return summary_;
  }

 private:
  static const GgufFamily& family_of(const std::string& architecture) {
    if (const GgufFamily* const family = find_gguf_family_of(architecture)) return *family;
    throw InputError(architecture,
                     "cannot be exported; architectures that can: " + gguf_family_architectures());
  }

  /// GPT-2 has queries, keys and values in one matrix, and their biases in one vector.
  bool is_joined(Role role) const {
    constexpr Role kParts[] = {Role::Query,     Role::Key,     Role::Value,
                               Role::QueryBias, Role::KeyBias, Role::ValueBias};
    return has_joined_qkv(family_) && std::ranges::find(kParts, role) != std::end(kParts);
  }

  /// The parts of a layer come one after the other: the third one completes the tensor.
  void join(const TensorPlan& plan) {
    const bool is_matrix = format::is_matrix(plan.scheme.type);
    std::vector<Weights>& parts = is_matrix ? joined_matrix_ : joined_bias_;
    parts.push_back(is_matrix ? plan.source : transpose(plan.source));
    if (parts.size() < 3) return;
    const Weights all = stack_rows(std::exchange(parts, {}));
    const std::string name = "blk." + std::to_string(plan.layer) + ".attn_qkv";
    is_matrix ? add_matrix(name + ".weight", all) : add_vector(name + ".bias", transpose(all));
  }

  void add_tensor(const TensorPlan& plan) {
    if (plan.role == Role::Rotary) return add_rotary(plan);
    Weights weights = plan.source;
    const uint32_t heads = plan.role == Role::Query || plan.role == Role::QueryBias
                               ? source_.shape.num_attention_heads
                               : source_.shape.num_key_value_heads;
    const bool turns = plan.role == Role::Query || plan.role == Role::QueryBias ||
                       plan.role == Role::Key || plan.role == Role::KeyBias;
    if (turns && has_interleaved_heads(family_)) weights = interleaved(plan, weights, heads);
    format::is_matrix(plan.scheme.type) ? add_matrix(name_of_tensor(plan), weights)
                                        : add_vector(name_of_tensor(plan), weights);
  }

  Weights interleaved(const TensorPlan& plan, const Weights& weights, uint32_t heads) const {
    const std::vector<uint32_t> order = interleaved_from_halves(heads, source_.shape.head_dim);
    if (format::is_matrix(plan.scheme.type)) return pick_rows(weights, order);
    return pick_elements(weights, order);
  }

  void add_matrix(const std::string& name, const Weights& weights) {
    const BlockChoice choice = choose_blocks(*weights, type_);
    ++summary_.matrices[choice.type->name];
    if (!choice.is_exact) ++summary_.rounded;
    tensors_.push_back({name,
                        choice.type,
                        {weights->rows(), weights->columns()},
                        [weights, type = choice.type, name](uint32_t first, uint32_t count) {
                          try {
                            return encode_rows(*weights, *type, first, count);
                          } catch (const std::overflow_error& error) {
                            throw InputError("tensor " + name, error.what());
                          }
                        }});
  }

  void add_vector(const std::string& name, const Weights& weights) {
    const BlockType* const type = choose_blocks(*weights, ExportType::F32).type;
    tensors_.push_back({name, type, {weights->columns()}, [weights, type](uint32_t, uint32_t) {
                          return encode_rows(*weights, *type, 0, 1);
                        }});
  }

  void add_rotary(const TensorPlan& plan) {
    rotary_ = rotary_basis(plan.increments);
    if (rotary_.factors.empty()) return;
    const auto count = static_cast<uint32_t>(rotary_.factors.size());
    add_vector("rope_freqs.weight", hold_floats(1, count, rotary_.factors));
  }

  float epsilon() const {
    const auto found = std::ranges::find_if(source_.network.ops, [](const format::OpRecord& op) {
      return op.code == OpCode::RmsNorm || op.code == OpCode::LayerNorm;
    });
    if (found == source_.network.ops.end()) throw InputError(source_.architecture, "has no norms");
    return std::bit_cast<float>(found->argument[0]);
  }

  GgufKeys keys(const std::string& tool) const {
    GgufKeys keys;
    const std::string type = most_used_type();
    keys.add("general.architecture", family_.name);
    keys.add("general.name", source_.name);
    if (!source_.license.empty()) keys.add("general.license", source_.license);
    keys.add("general.file_type", file_type(type));
    if (type.starts_with('Q')) {
      keys.add("general.quantization_version", uint32_t{2});
      keys.add("general.quantized_by", tool);
    }
    add_shape(keys);
    add_vocabulary_keys(source_.vocabulary, keys);
    return keys;
  }

  std::string prefix() const { return std::string(family_.name) + "."; }
  bool has_setting(const char* key) const {
    return std::ranges::find(family_.settings, key, &NamePair::gguf) != family_.settings.end();
  }
  /// Adds a setting if the family has it.
  template <class T>
  void add_setting(const char* key, T value, GgufKeys& keys) const {
    if (has_setting(key)) keys.add(prefix() + key, value);
  }

  void add_shape(GgufKeys& keys) const {
    const HyperParameters& shape = source_.shape;
    add_setting("context_length", shape.max_position_embeddings, keys);
    add_setting("embedding_length", shape.hidden_size, keys);
    add_setting("block_count", shape.num_hidden_layers, keys);
    add_setting("feed_forward_length", shape.intermediate_size, keys);
    add_setting("attention.head_count", shape.num_attention_heads, keys);
    add_setting("attention.head_count_kv", shape.num_key_value_heads, keys);
    add_setting("attention.key_length", shape.head_dim, keys);
    if (has_setting("attention.key_length")) {
      keys.add(prefix() + "attention.value_length", shape.head_dim);
    }
    add_setting("attention.layer_norm_rms_epsilon", epsilon(), keys);
    add_setting("attention.layer_norm_epsilon", epsilon(), keys);
    if (has_setting("rope.freq_base")) keys.add(prefix() + "rope.dimension_count", shape.head_dim);
    add_setting("rope.freq_base", static_cast<float>(rotary_.theta), keys);
    if (rotary_.linear_factor != 1) {
      keys.add(prefix() + "rope.scaling.type", "linear");
      keys.add(prefix() + "rope.scaling.factor", static_cast<float>(rotary_.linear_factor));
    }
    keys.add(prefix() + "vocab_size", shape.vocab_size);
  }

  std::string most_used_type() const {
    const auto most = std::ranges::max_element(summary_.matrices, {},
                                               &std::pair<const std::string, uint32_t>::second);
    return most == summary_.matrices.end() ? "F32" : most->first;
  }

  const ExportSource& source_;
  ExportType type_;
  const GgufFamily& family_;
  RotaryBasis rotary_;
  std::vector<Weights> joined_matrix_, joined_bias_;  ///< parts that are not complete yet
  std::vector<GgufOutput> tensors_;
  GgufSummary summary_;
};

}  // namespace

GgufSummary export_gguf(const ExportSource& source, ExportType type, const std::string& tool,
                        const std::filesystem::path& path) {
  return Exporter(source, type).write(tool, path);
}

}  // namespace nibble::offline
