// Names tensors by their roles, and does to them what converters do (gguf_tensors.cc undoes it).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/tensor_outputs.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "offline/files/input_error.h"
#include "offline/weights/memory_weights.h"
#include "offline/weights/rearrange.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::Role;

constexpr Role kQkv[] = {Role::Query,     Role::Key,     Role::Value,
                         Role::QueryBias, Role::KeyBias, Role::ValueBias};
constexpr Role kGateAndUp[] = {Role::FfnGate, Role::FfnUp};
constexpr Role kQueries[] = {Role::Query, Role::QueryBias};
constexpr Role kKeys[] = {Role::Key, Role::KeyBias};

template <size_t count>
bool is_one_of(const Role (&roles)[count], Role role) {
  return std::ranges::find(roles, role) != std::end(roles);
}

bool is_matrix(const TensorPlan& plan) {
  return format::is_matrix(plan.scheme.type);
}

std::string in_layer(uint16_t layer, const std::string& name) {
  return layer == format::kNoLayer ? name : "blk." + std::to_string(layer) + "." + name;
}

std::string suffixed(const TensorPlan& plan, const std::string& name) {
  return in_layer(plan.layer, name) + (is_matrix(plan) ? ".weight" : ".bias");
}

}  // namespace

TensorOutputs::TensorOutputs(const ExportSource& source, const GgufFamily& family,
                             const ProgramFacts& facts, ExportType type)
    : source_(source),
      family_(family),
      facts_(facts),
      type_(type),
      names_(gguf_tensor_names(family, facts.is_parallel && facts.has_ffn_norm)) {}

void TensorOutputs::add_all() {
  for (const TensorPlan& plan : source_.network.tensors) {
    if (plan.role != Role::Rotary) add(plan);
  }
}

void TensorOutputs::add(const TensorPlan& plan) {
  if (family_.joins_qkv && is_one_of(kQkv, plan.role)) {
    return add_part(plan, suffixed(plan, "attn_qkv"), 3);
  }
  if (family_.joins_gate && is_one_of(kGateAndUp, plan.role)) {
    return add_part(plan, suffixed(plan, "ffn_up"), std::size(kGateAndUp));
  }
  add_tensor(plan, name_of(plan));
}

/// The parts of a layer come in their order: the last one completes the tensor.
void TensorOutputs::add_part(const TensorPlan& plan, const std::string& whole, size_t part_count) {
  std::vector<Weights>& parts = parts_[whole];
  parts.push_back(is_matrix(plan) ? plan.source : transpose(plan.source));
  if (parts.size() < part_count) return;
  const Weights all = stack_rows(std::move(parts));
  is_matrix(plan) ? add_matrix(whole, all, type_) : add_vector(whole, transpose(all));
}

void TensorOutputs::add_tensor(const TensorPlan& plan, const std::string& name) {
  const Weights weights = in_form(plan);
  if (!is_matrix(plan)) return add_vector(name, weights);
  // Converters keep positions as singles, whatever the matrices become.
  const bool has_positions = plan.role == Role::PositionEmbedding;
  add_matrix(name, weights, has_positions ? ExportType::F32 : type_);
}

std::string TensorOutputs::name_of(const TensorPlan& plan) const {
  for (const GgufTensorName& name : names_) {
    if (plan.role == name.weights) return in_layer(plan.layer, name.gguf + ".weight");
    if (plan.role == name.bias) return in_layer(plan.layer, name.gguf + ".bias");
  }
  throw InputError("tensor " + plan.name, "has a role that GGUF has no name for");
}

/// Rows of rotary pairs beside each other, and one gain for all heads.
Weights TensorOutputs::in_form(const TensorPlan& plan) const {
  const HyperParameters& shape = source_.shape;
  const bool is_query = is_one_of(kQueries, plan.role), is_key = is_one_of(kKeys, plan.role);
  if (family_.interleaves_heads && (is_query || is_key)) {
    const uint32_t heads = is_query ? shape.num_attention_heads : shape.num_key_value_heads;
    const std::vector<uint32_t> order = interleaved_from_halves(heads, shape.head_dim);
    return is_matrix(plan) ? pick_rows(plan.source, order) : pick_elements(plan.source, order);
  }
  const bool is_head_norm = plan.role == Role::QueryNorm || plan.role == Role::KeyNorm;
  if (!is_head_norm || facts_.head_norm_segment == 0) return plan.source;
  std::vector<uint32_t> first(facts_.head_norm_segment);
  std::iota(first.begin(), first.end(), 0u);
  return pick_elements(plan.source, first);
}

void TensorOutputs::add_matrix(const std::string& name, const Weights& weights, ExportType wanted) {
  const BlockChoice choice = choose_blocks(*weights, wanted);
  ++matrices_[choice.type->name];
  if (!choice.is_exact) ++rounded_;
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

void TensorOutputs::add_vector(const std::string& name, const Weights& weights) {
  const BlockType* const type = choose_blocks(*weights, ExportType::F32).type;
  tensors_.push_back({name, type, {weights->columns()}, [weights, type](uint32_t, uint32_t) {
                        return encode_rows(*weights, *type, 0, 1);
                      }});
}

}  // namespace nibble::offline
