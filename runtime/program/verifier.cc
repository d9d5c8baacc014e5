// The rules of docs/FORMAT.md 4.6: what format/ops.h says of every operation, and each one's
// shapes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/program/verifier.h"

#include "runtime/format/layout.h"
#include "runtime/format/ops.h"
#include "runtime/program/buffer_set.h"

namespace nibble::program {
namespace {

using format::ArgumentKind;
using format::BufferRecord;
using format::BufferRows;
using format::BufferType;
using format::CacheUse;
using format::OpCode;
using format::OpRecord;
using format::OpRules;
using format::TensorRecord;
using format::TensorType;

constexpr uint32_t kLeastNormalBits = 0x00800000;  // of positive IEEE singles
constexpr uint32_t kInfinityBits = 0x7F800000;
constexpr uint32_t kOneBits = 0x3F800000;

bool argument_fits(ArgumentKind kind, uint32_t argument) {
  switch (kind) {
    case ArgumentKind::None:
      return argument == 0;
    case ArgumentKind::OptionalFloat:
      if (argument == 0) return true;
      [[fallthrough]];
    case ArgumentKind::Float:
      return argument >= kLeastNormalBits && argument < kInfinityBits;
    case ArgumentKind::Activation:
      return argument < static_cast<uint32_t>(format::Activation::Count);
    case ArgumentKind::Integer:
      return true;  // a rule of the operation itself
  }
  return false;
}

/// A set of layers, one bit per layer.
class LayerSet {
 public:
  bool contains(uint16_t layer) const { return (bits_[layer / 64] >> layer % 64 & 1) != 0; }
  void insert(uint16_t layer) { bits_[layer / 64] |= uint64_t{1} << layer % 64; }

 private:
  uint64_t bits_[format::kMaxLayers / 64] = {};
};

class Verifier {
 public:
  Verifier(const format::Manifest& manifest, uint32_t features, const Program& program)
      : manifest_(manifest), features_(features), program_(program), buffers_(program.buffers) {}

  Error check(const OpRecord& op);
  bool leaves_logits(const OpRecord& last) const;

 private:
  bool operands_exist(const OpRecord& op, const OpRules& rules) const;
  bool layer_fits(const OpRecord& op, const OpRules& rules) const;
  bool shapes_match(const OpRecord& op) const;
  Error read_and_write(const OpRecord& op, const OpRules& rules);
  Error use_cache(const OpRecord& op, CacheUse use);
  format::CacheShape cache_of(const OpRecord& attend) const;

  bool embed(const OpRecord& op) const;
  bool norm(const OpRecord& op) const;
  bool is_vector(uint16_t index, uint32_t columns) const;
  bool matmul(const OpRecord& op) const;
  bool rotary_table(const OpRecord& op) const;
  bool rotate(const OpRecord& op) const;
  bool append_kv(const OpRecord& op) const;
  bool attend(const OpRecord& op) const;
  bool gated_activation(const OpRecord& op) const;

  const BufferRecord& input(const OpRecord& op, int index = 0) const {
    return program_.buffers[op.input[index]];
  }
  const BufferRecord& output(const OpRecord& op) const { return program_.buffers[op.output]; }
  const TensorRecord& tensor(const OpRecord& op, int index = 0) const {
    return program_.tensors[op.tensor[index]];
  }
  const format::Manifest& manifest_;
  const uint32_t features_;
  const Program& program_;
  BufferSet buffers_;
  LayerSet stored_;
  LayerSet shaped_;  // those of them whose cache has a shape of its own
  const OpRecord* last_append_ = nullptr;
};

bool is_f32(const BufferRecord& buffer) {
  return buffer.type == BufferType::F32;
}
bool is_token_f32(const BufferRecord& buffer, uint32_t width) {
  return is_f32(buffer) && buffer.rows == BufferRows::Token && buffer.width == width;
}
bool same_shape(const BufferRecord& a, const BufferRecord& b) {
  return a.width == b.width && a.rows == b.rows;
}

/// An operand is present exactly when its op has it, and then it is an index into its table.
bool operand_fits(uint16_t index, bool expected, size_t table_size) {
  return expected ? index < table_size : index == format::kNone;
}

bool Verifier::operands_exist(const OpRecord& op, const OpRules& rules) const {
  if ((op.flags & ~rules.flags) != 0) return false;
  if (!operand_fits(op.output, rules.output, program_.buffers.size())) return false;
  for (uint8_t i = 0; i < 2; ++i) {
    const bool no_input =
        rules.optional_input && i + 1 == rules.inputs && op.input[i] == format::kNone;
    if (!no_input && !operand_fits(op.input[i], i < rules.inputs, program_.buffers.size()))
      return false;
    const bool no_tensor =
        rules.optional_tensor && i + 1 == rules.tensors && op.tensor[i] == format::kNone;
    if (!no_tensor && !operand_fits(op.tensor[i], i < rules.tensors, program_.tensors.size()))
      return false;
  }
  for (uint8_t i = 0; i < format::kOpArguments; ++i)
    if (!argument_fits(rules.arguments[i], op.argument[i])) return false;
  return true;
}

bool Verifier::layer_fits(const OpRecord& op, const OpRules& rules) const {
  if (op.layer < manifest_.layers) return true;
  return op.layer == format::kNoLayer && rules.cache == CacheUse::None;
}

bool Verifier::embed(const OpRecord& op) const {
  const uint32_t rows = tensor(op).rows;
  const bool has_rows = (op.flags & format::kOpByPosition) != 0 ? rows >= manifest_.context_tokens
                                                                : rows == manifest_.vocabulary;
  return has_rows && is_matrix(tensor(op).type) && is_token_f32(output(op), tensor(op).columns);
}

bool Verifier::is_vector(uint16_t index, uint32_t columns) const {
  const TensorRecord& record = program_.tensors[index];
  return record.type == TensorType::F32Vector && record.columns == columns;
}

bool Verifier::norm(const OpRecord& op) const {
  const uint32_t width = input(op).width, segment = op.argument[1];
  if (!is_f32(input(op)) || !same_shape(input(op), output(op)) || op.argument[0] > kOneBits)
    return false;
  if (!is_vector(op.tensor[0], width)) return false;
  if (op.tensor[1] != format::kNone && !is_vector(op.tensor[1], width)) return false;
  return segment == 0 ||
         (segment < width && segment % 8 == 0 && width % segment == 0 && is_f32(output(op)));
}

bool Verifier::matmul(const OpRecord& op) const {
  const TensorRecord& weights = tensor(op);
  const BufferRecord& in = input(op);
  const BufferRecord& out = output(op);
  if (!is_matrix(weights.type) || in.width != weights.columns) return false;
  const bool input_fits = is_quantized(weights.type)
                              ? in.type == BufferType::Int8 && in.group == weights.group
                              : is_f32(in);
  if (!input_fits || !is_f32(out) || out.width != weights.rows || out.rows != in.rows) return false;
  return op.tensor[1] == format::kNone || is_vector(op.tensor[1], weights.rows);
}

bool Verifier::rotary_table(const OpRecord& op) const {
  const TensorRecord& increments = tensor(op);
  return increments.type == TensorType::U64Vector &&
         increments.columns * 2 <= format::kMaxHeadDimension &&
         is_token_f32(output(op), increments.columns * 2);
}

bool Verifier::rotate(const OpRecord& op) const {
  const uint32_t heads = op.argument[0], head_dimension = op.argument[1];
  const BufferRecord& table = input(op);
  return heads > 0 && heads <= format::kMaxHeads && format::is_head_dimension(head_dimension) &&
         table.width % 2 == 0 && table.width <= head_dimension &&
         is_token_f32(table, table.width) && is_token_f32(output(op), heads * head_dimension);
}

/// What is given must differ from what an absent argument means: there is one way to write it.
bool Verifier::append_kv(const OpRecord& op) const {
  const format::CacheShape shape = cache_shape(cache_shape(manifest_), op);
  const uint32_t width = shape.kv_heads * shape.head_dimension;
  return op.argument[0] != manifest_.kv_heads && op.argument[1] != manifest_.head_dimension &&
         shape.kv_heads <= format::kMaxHeads && format::is_head_dimension(shape.head_dimension) &&
         shape.window < manifest_.context_tokens && is_token_f32(input(op, 0), width) &&
         is_token_f32(input(op, 1), width);
}

/// The shape of a layer's cache. A layer with a shape of its own is attended to before another
/// layer's keys are stored, so that one op has to be remembered, and not one for each layer.
format::CacheShape Verifier::cache_of(const OpRecord& attend) const {
  if (!shaped_.contains(attend.layer)) return cache_shape(manifest_);
  if (last_append_->layer != attend.layer) return {};
  return cache_shape(cache_shape(manifest_), *last_append_);
}

bool Verifier::attend(const OpRecord& op) const {
  const format::CacheShape cache = cache_of(op);
  const uint32_t width = input(op).width, shared_width = cache.kv_heads * cache.head_dimension;
  return shared_width != 0 && width % shared_width == 0 &&
         width / cache.head_dimension <= format::kMaxHeads && is_token_f32(input(op), width) &&
         is_token_f32(output(op), width);
}

bool Verifier::gated_activation(const OpRecord& op) const {
  const bool has_cap = op.argument[1] != 0;
  const bool wants_cap = op.argument[0] == static_cast<uint32_t>(format::Activation::SoftCap);
  if (has_cap != wants_cap || !is_f32(input(op)) || !same_shape(input(op), output(op)))
    return false;
  return op.input[1] == format::kNone ||
         (is_f32(input(op, 1)) && same_shape(input(op), input(op, 1)));
}

bool Verifier::shapes_match(const OpRecord& op) const {
  switch (op.code) {
    case OpCode::Embed:
      return embed(op);
    case OpCode::RmsNorm:
    case OpCode::LayerNorm:
      return norm(op);
    case OpCode::Quantize:
      return is_f32(input(op)) && same_shape(input(op), output(op)) &&
             output(op).type == BufferType::Int8;
    case OpCode::MatMul:
      return matmul(op);
    case OpCode::RotaryTable:
      return rotary_table(op);
    case OpCode::Rotate:
      return rotate(op);
    case OpCode::AppendKv:
      return append_kv(op);
    case OpCode::Attend:
      return attend(op);
    case OpCode::GatedActivation:
      return gated_activation(op);
    case OpCode::Add:
      return is_f32(input(op)) && is_f32(output(op)) && same_shape(input(op), output(op));
    case OpCode::GatherRows:
      return is_token_f32(input(op), input(op).width) && is_f32(output(op)) &&
             output(op).rows == BufferRows::Logit && output(op).width == input(op).width;
    case OpCode::Count:
      break;
  }
  return false;
}

/// Follows the contents of buffers: what is read was written, and no output overlaps an input.
Error Verifier::read_and_write(const OpRecord& op, const OpRules& rules) {
  for (uint8_t i = 0; i < rules.inputs && op.input[i] != format::kNone; ++i) {
    const bool is_replaced = i == 0 && format::replaces_input(op);
    if (rules.output && !is_replaced && buffers_.overlap(op.input[i], op.output))
      return Error::BadOp;
    if (!buffers_.is_defined(op.input[i])) return Error::OpReadsUnwritten;
  }
  if (!rules.output) return Error::None;
  if (works_in_place(op) && !buffers_.is_defined(op.output)) return Error::OpReadsUnwritten;
  buffers_.write(op.output);
  return Error::None;
}

/// A layer's cache is written once in a pass, and only then read.
Error Verifier::use_cache(const OpRecord& op, CacheUse use) {
  if (use == CacheUse::None) return Error::None;
  const bool stored = stored_.contains(op.layer);
  if (use == CacheUse::Read) return stored ? Error::None : Error::OpReadsUnwritten;
  stored_.insert(op.layer);
  if (op.argument[0] != 0 || op.argument[1] != 0) shaped_.insert(op.layer);
  last_append_ = &op;
  return stored ? Error::BadOp : Error::None;
}

Error Verifier::check(const OpRecord& op) {
  if (op.code >= OpCode::Count) return Error::BadOp;
  const OpRules& rules = format::rules_of(op.code);
  if ((format::generation_feature(format::generation_of(op)) & ~features_) != 0)
    return Error::BadOp;
  if (!operands_exist(op, rules) || !layer_fits(op, rules) || !shapes_match(op))
    return Error::BadOp;
  const Error error = read_and_write(op, rules);
  return error == Error::None ? use_cache(op, rules.cache) : error;
}

bool Verifier::leaves_logits(const OpRecord& last) const {
  if (last.output == format::kNone) return false;
  const BufferRecord& logits = output(last);
  return is_f32(logits) && logits.rows == BufferRows::Logit && logits.width == manifest_.vocabulary;
}

}  // namespace

Status verify_program(const format::Manifest& manifest, uint32_t features, const Program& program) {
  if (program.buffers.size() > format::kMaxBuffers || program.ops.empty())
    return Failure{Error::BadOp, 0};
  Verifier verifier(manifest, features, program);
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const Error error = verifier.check(program.ops[i]);
    if (error != Error::None) return Failure{error, i};
  }
  const size_t last = program.ops.size() - 1;
  if (!verifier.leaves_logits(program.ops[last])) return Failure{Error::BadOp, last};
  return {};
}

}  // namespace nibble::program
