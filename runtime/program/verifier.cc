// The rules of program/op.h, one function an operation.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/program/verifier.h"

#include "runtime/format/layout.h"
#include "runtime/program/buffer_set.h"
#include "runtime/program/op.h"

namespace nibble::program {
namespace {

using format::BufferRecord;
using format::BufferRows;
using format::BufferType;
using format::OpCode;
using format::OpRecord;
using format::TensorRecord;
using format::TensorType;

/// Which operands an op has; all others must say so.
struct Operands {
  bool output;
  uint8_t inputs;
  uint8_t tensors;
  bool optional_tensor;  ///< The last of `tensors` may be absent.
  uint8_t arguments;
  uint16_t flags;  ///< Those that may be set.
  bool in_place;   ///< Reads its output, too.
};

constexpr Operands kOperands[] = {
    /* Embed    */ {true, 0, 1, false, 0, 0, false},
    /* RmsNorm  */ {true, 1, 1, false, 1, 0, false},
    /* Quantize */ {true, 1, 0, false, 0, 0, false},
    /* MatMul   */ {true, 1, 2, true, 0, format::kOpAccumulate, false},
    /* Angles   */ {true, 0, 1, false, 0, 0, false},
    /* Rotate   */ {true, 1, 0, false, 2, 0, true},
    /* StoreKv  */ {false, 2, 0, false, 0, 0, false},
    /* Attend   */ {true, 1, 0, false, 1, 0, false},
    /* Gate     */ {true, 2, 0, false, 1, 0, false},
    /* Add      */ {true, 1, 0, false, 0, 0, true},
    /* Select   */ {true, 1, 0, false, 0, 0, false},
};
static_assert(sizeof(kOperands) / sizeof(kOperands[0]) == static_cast<size_t>(OpCode::Count));

/// The bits of a positive normal single: what an epsilon or a scale can be.
bool is_positive_normal(uint32_t bits) {
  return bits >= 0x00800000 && bits < 0x7F800000;
}
constexpr uint32_t kOneBits = 0x3F800000;

class Verifier {
 public:
  Verifier(const format::Manifest& manifest, const Program& program)
      : manifest_(manifest), program_(program), buffers_(program.buffers) {}

  Error check(const OpRecord& op);
  bool leaves_logits(const OpRecord& last) const;

 private:
  bool operands_exist(const OpRecord& op, const Operands& operands) const;
  bool layer_fits(const OpRecord& op) const;
  bool shapes_match(const OpRecord& op) const;
  Error read_and_write(const OpRecord& op, const Operands& operands);
  Error use_cache(const OpRecord& op);

  bool embed(const OpRecord& op) const;
  bool norm(const OpRecord& op) const;
  bool matmul(const OpRecord& op) const;
  bool angles(const OpRecord& op) const;
  bool rotate(const OpRecord& op) const;
  bool store(const OpRecord& op) const;
  bool attend(const OpRecord& op) const;
  bool gate(const OpRecord& op) const;

  const BufferRecord& input(const OpRecord& op, int index = 0) const {
    return program_.buffers[op.input[index]];
  }
  const BufferRecord& output(const OpRecord& op) const { return program_.buffers[op.output]; }
  const TensorRecord& tensor(const OpRecord& op, int index = 0) const {
    return program_.tensors[op.tensor[index]];
  }
  uint32_t query_width() const { return manifest_.heads * manifest_.head_dimension; }
  uint32_t key_width() const { return manifest_.kv_heads * manifest_.head_dimension; }

  const format::Manifest& manifest_;
  const Program& program_;
  BufferSet buffers_;
  uint64_t stored_layers_[format::kMaxLayers / 64] = {};
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

/// An operand is there exactly when its op has it, and then the table has it.
bool operand_fits(uint16_t index, bool expected, size_t table_size) {
  return expected ? index < table_size : index == format::kNone;
}

bool Verifier::operands_exist(const OpRecord& op, const Operands& operands) const {
  if ((op.flags & ~operands.flags) != 0 || op.reserved[0] != 0 || op.reserved[1] != 0) return false;
  if (!operand_fits(op.output, operands.output, program_.buffers.size())) return false;
  for (uint8_t i = 0; i < 2; ++i) {
    if (!operand_fits(op.input[i], i < operands.inputs, program_.buffers.size())) return false;
    const bool absent =
        operands.optional_tensor && i + 1 == operands.tensors && op.tensor[i] == format::kNone;
    if (!absent && !operand_fits(op.tensor[i], i < operands.tensors, program_.tensors.size()))
      return false;
    if (i >= operands.arguments && op.argument[i] != 0) return false;
  }
  return true;
}

bool Verifier::layer_fits(const OpRecord& op) const {
  if (op.code == OpCode::StoreKv || op.code == OpCode::Attend) return op.layer < manifest_.layers;
  return op.layer < manifest_.layers || op.layer == format::kNoLayer;
}

bool Verifier::embed(const OpRecord& op) const {
  return is_matrix(tensor(op).type) && tensor(op).rows == manifest_.vocabulary &&
         is_token_f32(output(op), tensor(op).columns);
}

bool Verifier::norm(const OpRecord& op) const {
  return is_f32(input(op)) && same_shape(input(op), output(op)) &&
         tensor(op).type == TensorType::F32Vector && tensor(op).columns == input(op).width &&
         is_positive_normal(op.argument[0]) && op.argument[0] <= kOneBits;
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
  return op.tensor[1] == format::kNone ||
         (tensor(op, 1).type == TensorType::F32Vector && tensor(op, 1).columns == weights.rows);
}

bool Verifier::angles(const OpRecord& op) const {
  const TensorRecord& increments = tensor(op);
  return increments.type == TensorType::U64Vector &&
         increments.columns * 2 <= manifest_.head_dimension &&
         is_token_f32(output(op), increments.columns * 2);
}

bool Verifier::rotate(const OpRecord& op) const {
  const uint32_t heads = op.argument[0];
  const BufferRecord& angles = input(op);
  return heads > 0 && heads <= manifest_.heads && op.argument[1] == manifest_.head_dimension &&
         angles.width % 2 == 0 && angles.width <= manifest_.head_dimension &&
         is_token_f32(angles, angles.width) &&
         is_token_f32(output(op), heads * manifest_.head_dimension);
}

bool Verifier::store(const OpRecord& op) const {
  return is_token_f32(input(op, 0), key_width()) && is_token_f32(input(op, 1), key_width());
}

bool Verifier::attend(const OpRecord& op) const {
  return is_token_f32(input(op), query_width()) && is_token_f32(output(op), query_width()) &&
         is_positive_normal(op.argument[0]);
}

bool Verifier::gate(const OpRecord& op) const {
  return is_f32(input(op, 0)) && is_f32(input(op, 1)) && same_shape(input(op, 0), input(op, 1)) &&
         same_shape(input(op, 0), output(op)) &&
         op.argument[0] == static_cast<uint32_t>(Activation::Silu);
}

bool Verifier::shapes_match(const OpRecord& op) const {
  switch (op.code) {
    case OpCode::Embed:
      return embed(op);
    case OpCode::RmsNorm:
      return norm(op);
    case OpCode::Quantize:
      return is_f32(input(op)) && same_shape(input(op), output(op)) &&
             output(op).type == BufferType::Int8;
    case OpCode::MatMul:
      return matmul(op);
    case OpCode::Angles:
      return angles(op);
    case OpCode::Rotate:
      return rotate(op);
    case OpCode::StoreKv:
      return store(op);
    case OpCode::Attend:
      return attend(op);
    case OpCode::Gate:
      return gate(op);
    case OpCode::Add:
      return is_f32(input(op)) && is_f32(output(op)) && same_shape(input(op), output(op));
    case OpCode::Select:
      return is_token_f32(input(op), input(op).width) && is_f32(output(op)) &&
             output(op).rows == BufferRows::Logit && output(op).width == input(op).width;
    case OpCode::Count:
      break;
  }
  return false;
}

/// Follows the contents of buffers: what is read was written, and the output lies apart.
Error Verifier::read_and_write(const OpRecord& op, const Operands& operands) {
  for (uint8_t i = 0; i < operands.inputs; ++i) {
    if (operands.output && buffers_.overlap(op.input[i], op.output)) return Error::BadOp;
    if (!buffers_.is_defined(op.input[i])) return Error::OpReadsUnwritten;
  }
  if (!operands.output) return Error::None;
  const bool reads_output = operands.in_place || (op.flags & format::kOpAccumulate) != 0;
  if (reads_output && !buffers_.is_defined(op.output)) return Error::OpReadsUnwritten;
  buffers_.write(op.output);
  return Error::None;
}

/// A layer's cache is written once in a pass, and only then read.
Error Verifier::use_cache(const OpRecord& op) {
  if (op.code != OpCode::StoreKv && op.code != OpCode::Attend) return Error::None;
  uint64_t& word = stored_layers_[op.layer / 64];
  const uint64_t bit = uint64_t{1} << op.layer % 64;
  const bool stored = (word & bit) != 0;
  if (op.code == OpCode::Attend) return stored ? Error::None : Error::OpReadsUnwritten;
  word |= bit;
  return stored ? Error::BadOp : Error::None;
}

Error Verifier::check(const OpRecord& op) {
  if (op.code >= OpCode::Count) return Error::BadOp;
  const Operands& operands = kOperands[static_cast<size_t>(op.code)];
  if (!operands_exist(op, operands) || !layer_fits(op) || !shapes_match(op)) return Error::BadOp;
  const Error error = read_and_write(op, operands);
  return error == Error::None ? use_cache(op) : error;
}

bool Verifier::leaves_logits(const OpRecord& last) const {
  if (last.output == format::kNone) return false;
  const BufferRecord& logits = output(last);
  return is_f32(logits) && logits.rows == BufferRows::Logit && logits.width == manifest_.vocabulary;
}

}  // namespace

Status verify_program(const format::Manifest& manifest, const Program& program) {
  if (program.buffers.size() > format::kMaxBuffers || program.ops.empty())
    return Failure{Error::BadOp, 0};
  Verifier verifier(manifest, program);
  for (size_t i = 0; i < program.ops.size(); ++i) {
    const Error error = verifier.check(program.ops[i]);
    if (error != Error::None) return Failure{error, i};
  }
  const size_t last = program.ops.size() - 1;
  if (!verifier.leaves_logits(program.ops[last])) return Failure{Error::BadOp, last};
  return {};
}

}  // namespace nibble::program
