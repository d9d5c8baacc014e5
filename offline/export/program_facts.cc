// Walks over the operations once, and keeps what their arguments say.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/program_facts.h"

#include <bit>
#include <map>

#include "offline/files/input_error.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::OpCode;
using format::OpRecord;
using format::Role;

float float_of(uint32_t bits) {
  return std::bit_cast<float>(bits);
}

class Walk {
 public:
  Walk(const Network& network, uint32_t layers) : network_(network) {
    facts_.layers.resize(layers);
  }

  ProgramFacts result() {
    for (const OpRecord& op : network_.ops) visit(op);
    if (facts_.epsilon == 0 || facts_.score_scale == 0) {
      throw InputError("the program", "has no norms or no attention, which no decoder lacks");
    }
    return std::move(facts_);
  }

 private:
  void visit(const OpRecord& op) {
    switch (op.code) {
      case OpCode::Embed:
        return visit_embed(op);
      case OpCode::RmsNorm:
      case OpCode::LayerNorm:
        return visit_norm(op);
      case OpCode::MatMul:
        return visit_matmul(op);
      case OpCode::RotaryTable:
        tables_[op.output] = op.tensor[0];
        return;
      case OpCode::Rotate:
        rotary_ = tables_.at(op.input[0]);
        return;
      case OpCode::AppendKv:
        layer_of(op).window = format::cache_shape({0, 0, 0}, op).window;
        return;
      case OpCode::Attend:
        return visit_attend(op);
      case OpCode::GatedActivation:
        return visit_activation(op);
      default:
        return;
    }
  }

  Role role_of(const OpRecord& op) const { return network_.tensors.at(op.tensor[0]).role; }
  LayerFacts& layer_of(const OpRecord& op) { return facts_.layers.at(op.layer); }

  void visit_embed(const OpRecord& op) {
    if (role_of(op) == Role::Embedding && op.argument[0] != 0) {
      facts_.embedding_scale = float_of(op.argument[0]);
    }
  }
  void visit_norm(const OpRecord& op) {
    facts_.epsilon = float_of(op.argument[0]);
    if (role_of(op) == Role::FfnNorm) facts_.has_ffn_norm = true;
    if (role_of(op) == Role::QueryNorm) facts_.head_norm_segment = op.argument[1];
  }
  void visit_matmul(const OpRecord& op) {
    if (role_of(op) == Role::FfnUp && !has_added_) facts_.is_parallel = true;
    if (role_of(op) == Role::AttentionOutput) has_added_ = true;
  }
  void visit_attend(const OpRecord& op) {
    facts_.score_scale = float_of(op.argument[0]);
    facts_.score_cap = float_of(op.argument[1]);
    layer_of(op).rotary = rotary_;
    rotary_ = format::kNone;
  }
  void visit_activation(const OpRecord& op) {
    const auto activation = static_cast<format::Activation>(op.argument[0]);
    if (activation == format::Activation::SoftCap) {
      facts_.logit_cap = float_of(op.argument[1]);
    } else {
      facts_.activation = activation;
    }
  }

  const Network& network_;
  ProgramFacts facts_;
  std::map<uint16_t, uint16_t> tables_;  ///< tensors of increments by buffer
  uint16_t rotary_ = format::kNone;      ///< of the layer whose attention comes next
  bool has_added_ = false;
};

}  // namespace

ProgramFacts read_program(const Network& network, uint32_t layers) {
  return Walk(network, layers).result();
}

}  // namespace nibble::offline
