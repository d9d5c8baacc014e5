// From op records to kernel calls: nothing is checked here, the verifier did.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/program/op_binding.h"

#include "runtime/format/layout.h"
#include "runtime/format/ops.h"

namespace nibble::program {
namespace {

using format::BufferRecord;
using format::BufferType;
using format::OpCode;
using format::OpRecord;
using format::TileRule;

/// The shape of the cache of an op's layer: it is the same for all rows.
const KvCache& cache_of(const Pass& pass, const OpRecord& op) {
  return pass.places[0].layers[op.layer];
}

/// What an element of a row costs in multiply-adds: an exponential, a square root's share, rounding
/// to codes.
constexpr uint64_t kElementWork = 32;

/// Positions that a row of a pass sees at most.
uint64_t seen_positions(const Pass& pass, const KvCache& cache) {
  const uint32_t most = pass.most_positions();
  return cache.window != 0 && cache.window < most ? cache.window : most;
}

class Binder {
 public:
  Binder(const Bindings& bindings, const Pass& pass, const OpRecord& op)
      : bindings_(bindings), pass_(pass), op_(op) {}

  EmbedArguments embed() const {
    const bool by_position = (op_.flags & format::kOpByPosition) != 0;
    return {.table = matrix(0),
            .tokens = by_position ? nullptr : pass_.tokens,
            .rows = pass_.places,
            .scale_bits = op_.argument[0],
            .accumulate = (op_.flags & format::kOpAccumulate) != 0,
            .out = floats(op_.output)};
  }
  NormArguments norm() const {
    const uint32_t columns = width(op_.input[0]);
    return {.in = floats(op_.input[0]),
            .gain = vector(0),
            .bias = optional_vector(1),
            .width = columns,
            .segment = op_.argument[1] != 0 ? op_.argument[1] : columns,
            .epsilon_bits = op_.argument[0],
            .out = floats(op_.output),
            .quantized_out = codes(op_.output)};
  }
  QuantizeArguments quantize() const {
    return {.in = floats(op_.input[0]), .width = width(op_.input[0]), .out = codes(op_.output)};
  }
  MatMulArguments matmul() const {
    return {.weights = matrix(0),
            .in = floats(op_.input[0]),
            .quantized_in = codes(op_.input[0]),
            .count = rows(op_.output).rows,
            .in_streams = bindings_.in_streams,
            .bias = optional_vector(1),
            .accumulate = (op_.flags & format::kOpAccumulate) != 0,
            .out = floats(op_.output)};
  }
  RotaryTableArguments rotary_table() const {
    return {.increments = reinterpret_cast<const uint64_t*>(tensor_data(0)),
            .pairs = width(op_.output) / 2,
            .rows = pass_.places,
            .out = floats(op_.output)};
  }
  RotateArguments rotate() const {
    return {.rotary_table = floats(op_.input[0]),
            .pairs = width(op_.input[0]) / 2,
            .heads = op_.argument[0],
            .head_dimension = op_.argument[1],
            .values = floats(op_.output)};
  }
  AppendKvArguments append_kv() const {
    return {.keys = floats(op_.input[0]),
            .values = floats(op_.input[1]),
            .rows = pass_.places,
            .layer = op_.layer};
  }
  AttendArguments attend() const {
    return {.queries = floats(op_.input[0]),
            .heads = width(op_.input[0]) / cache_of(pass_, op_).head_dimension,
            .rows = pass_.places,
            .count = pass_.rows,
            .layer = op_.layer,
            .scale_bits = op_.argument[0],
            .cap_bits = op_.argument[1],
            .out = floats(op_.output)};
  }
  GatedActivationArguments gated_activation() const {
    return {.gate = floats(op_.input[0]),
            .up = op_.input[1] == format::kNone ? FloatRows{} : floats(op_.input[1]),
            .width = width(op_.input[0]),
            .activation = static_cast<format::Activation>(op_.argument[0]),
            .cap_bits = op_.argument[1],
            .out = floats(op_.output),
            .quantized_out = codes(op_.output)};
  }
  AddArguments add() const {
    return {.in = floats(op_.input[0]), .width = width(op_.input[0]), .out = floats(op_.output)};
  }
  [[gnu::noinline]] void gather_rows(uint32_t first, uint32_t last) const {
    const FloatRows in = floats(op_.input[0]);
    const FloatRows out = floats(op_.output);
    const auto* source = reinterpret_cast<const uint8_t*>(in.data) +
                         in.stride_bytes * (pass_.rows - pass_.logit_rows);
    auto* target = reinterpret_cast<uint8_t*>(out.data);
    for (size_t row = first; row < last; ++row)
      __builtin_memcpy(target + row * out.stride_bytes, source + row * in.stride_bytes,
                       out.stride_bytes);
  }

 private:
  uint32_t width(uint16_t buffer) const { return bindings_.program.buffers[buffer].width; }
  const uint8_t* tensor_data(int index) const {
    return bindings_.weights + bindings_.tensor_offsets[op_.tensor[index]];
  }
  const float* vector(int index) const {
    return reinterpret_cast<const float*>(tensor_data(index));
  }
  const float* optional_vector(int index) const {
    return op_.tensor[index] == format::kNone ? nullptr : vector(index);
  }
  /// The planes of a matrix, one after the other.
  Matrix matrix(int index) const {
    const format::TensorRecord& tensor = bindings_.program.tensors[op_.tensor[index]];
    const format::TensorBytes bytes = format::tensor_bytes(tensor);
    const uint8_t* const scales = tensor_data(index) + bytes.codes.value();
    return {.codes = tensor_data(index),
            .scales = reinterpret_cast<const uint16_t*>(scales),
            .zeros = scales + bytes.scales.value(),
            .k = format::padded(tensor.columns),
            .group = tensor.group,
            .type = tensor.type};
  }

  BufferView rows(uint16_t buffer) const { return buffer_rows(bindings_, pass_, buffer); }
  /// No data when the buffer holds codes.
  FloatRows floats(uint16_t index) const {
    if (bindings_.program.buffers[index].type != BufferType::F32) return {};
    const BufferView view = rows(index);
    return {.data = reinterpret_cast<float*>(view.data), .stride_bytes = view.row_bytes};
  }
  /// No data when the buffer holds floats.
  QuantizedRows codes(uint16_t index) const {
    const BufferRecord& buffer = bindings_.program.buffers[index];
    if (buffer.type != BufferType::Int8) return {};
    const uint32_t code_bytes = format::padded(buffer.width);
    const uint32_t groups = format::group_count(buffer.width, buffer.group);
    const BufferView view = rows(index);
    return {.data = view.data,
            .stride_bytes = view.row_bytes,
            .scales_offset_bytes = code_bytes,
            .sums_offset_bytes = code_bytes + groups * static_cast<uint32_t>(sizeof(uint32_t)),
            .group = buffer.group};
  }

  const Bindings& bindings_;
  const Pass& pass_;
  const OpRecord& op_;
};

/// Binds one kernel's arguments and runs it. A function of its own for each, so that the stack
/// below a kernel holds its own arguments alone.
template <auto kKernel, auto kBind>
[[gnu::noinline]] void run_kernel(const Bindings& bindings, const Pass& pass, const OpRecord& op,
                                  uint32_t first, uint32_t last) {
  (bindings.kernels->*kKernel)((Binder(bindings, pass, op).*kBind)(), first, last);
}

}  // namespace

uint32_t tile_count(const Bindings& bindings, const Pass& pass, const OpRecord& op) {
  const uint16_t shaped_by = op.output == format::kNone ? op.input[0] : op.output;
  const uint32_t rows = pass.row_count(bindings.program.buffers[shaped_by].rows);
  if (rows == 0) return 0;
  switch (format::rules_of(op.code).tiles) {
    case TileRule::Rows:
      return rows;
    case TileRule::HeadRows:
      return rows * cache_of(pass, op).kv_heads;
    case TileRule::WeightBlocks:
      return format::padded(bindings.program.tensors[op.tensor[0]].rows) / format::kBlockRows;
  }
  return 0;
}

uint64_t tile_work(const Bindings& bindings, const Pass& pass, const OpRecord& op) {
  const auto width = [&](uint16_t buffer) -> uint64_t {
    return buffer == format::kNone ? 0 : bindings.program.buffers[buffer].width;
  };
  switch (format::rules_of(op.code).tiles) {
    case TileRule::Rows: {
      const uint64_t in = width(op.input[0]), out = width(op.output);
      return kElementWork * (in > out ? in : out);
    }
    case TileRule::HeadRows: {
      const KvCache& cache = cache_of(pass, op);
      return 2 * seen_positions(pass, cache) * (width(op.input[0]) / cache.kv_heads);
    }
    case TileRule::WeightBlocks:
      return uint64_t{format::kBlockRows} * width(op.input[0]) *
             pass.row_count(bindings.program.buffers[op.output].rows);
  }
  return 1;
}

void run_tiles(const Bindings& bindings, const Pass& pass, const OpRecord& op, uint32_t first,
               uint32_t last) {
  switch (op.code) {
    case OpCode::Embed:
      return run_kernel<&Kernels::embed, &Binder::embed>(bindings, pass, op, first, last);
    case OpCode::RmsNorm:
      return run_kernel<&Kernels::rms_norm, &Binder::norm>(bindings, pass, op, first, last);
    case OpCode::Quantize:
      return run_kernel<&Kernels::quantize, &Binder::quantize>(bindings, pass, op, first, last);
    case OpCode::MatMul:
      return run_kernel<&Kernels::matmul, &Binder::matmul>(bindings, pass, op, first, last);
    case OpCode::RotaryTable:
      return run_kernel<&Kernels::rotary_table, &Binder::rotary_table>(bindings, pass, op, first,
                                                                       last);
    case OpCode::Rotate:
      return run_kernel<&Kernels::rotate, &Binder::rotate>(bindings, pass, op, first, last);
    case OpCode::AppendKv:
      return run_kernel<&Kernels::append_kv, &Binder::append_kv>(bindings, pass, op, first, last);
    case OpCode::Attend:
      return run_kernel<&Kernels::attend, &Binder::attend>(bindings, pass, op, first, last);
    case OpCode::GatedActivation:
      return run_kernel<&Kernels::gated_activation, &Binder::gated_activation>(bindings, pass, op,
                                                                               first, last);
    case OpCode::Add:
      return run_kernel<&Kernels::add, &Binder::add>(bindings, pass, op, first, last);
    case OpCode::GatherRows:
      return Binder(bindings, pass, op).gather_rows(first, last);
    case OpCode::LayerNorm:
      return run_kernel<&Kernels::layer_norm, &Binder::norm>(bindings, pass, op, first, last);
    case OpCode::Count:
      break;
  }
}

}  // namespace nibble::program
