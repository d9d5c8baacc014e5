// The functions of all operations, by code.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/op_functions.h"

#include <stdexcept>

namespace nibble::offline {
namespace {

template <class Real>
OpFunctions<Real> make_functions(format::OpCode code) {
  using format::OpCode;
  switch (code) {
    case OpCode::Embed:
      return embed_functions<Real>();
    case OpCode::RmsNorm:
      return rms_norm_functions<Real>();
    case OpCode::Quantize:
      return quantize_functions<Real>();
    case OpCode::MatMul:
      return matmul_functions<Real>();
    case OpCode::RotaryTable:
      return rotary_table_functions<Real>();
    case OpCode::Rotate:
      return rotate_functions<Real>();
    case OpCode::AppendKv:
      return append_kv_functions<Real>();
    case OpCode::Attend:
      return attend_functions<Real>();
    case OpCode::GatedActivation:
      return gated_activation_functions<Real>();
    case OpCode::Add:
      return add_functions<Real>();
    case OpCode::GatherRows:
      return gather_rows_functions<Real>();
    case OpCode::LayerNorm:
      return layer_norm_functions<Real>();
    case OpCode::Count:
      break;
  }
  throw std::logic_error("functions_of: no such operation");
}

template <class Real>
struct FunctionTable {
  FunctionTable() {
    for (size_t i = 0; i < format::kOpCount; ++i) {
      functions[i] = make_functions<Real>(static_cast<format::OpCode>(i));
    }
  }
  OpFunctions<Real> functions[format::kOpCount];
};

}  // namespace

template <class Real>
const OpFunctions<Real>& functions_of(format::OpCode code) {
  static const FunctionTable<Real> table;
  return table.functions[static_cast<size_t>(code)];
}

template const OpFunctions<float>& functions_of(format::OpCode);
template const OpFunctions<double>& functions_of(format::OpCode);

}  // namespace nibble::offline
