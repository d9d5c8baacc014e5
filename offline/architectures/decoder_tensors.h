// A decoder's tensors under its family's names, taken out of the forms that publishers store.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <array>
#include <string>
#include <vector>

#include "offline/architectures/decoder.h"
#include "offline/architectures/program_builder.h"

namespace nibble::offline {

/// A matrix [rows, columns] and its bias, or none.
struct Linear {
  TensorId weights = TensorId::None;
  TensorId bias = TensorId::None;
};

struct NormTensors {
  TensorId gain = TensorId::None;
  TensorId bias = TensorId::None;
};

/// Which tensor of a layer, and what for.
struct LinearRole {
  const std::string& name;  ///< behind the layer's prefix
  format::Role weights, bias;
};

/// Every function throws InputError where the source has no such tensor.
class DecoderTensors {
 public:
  /// Both arguments outlive this.
  DecoderTensors(const DecoderParameters& shape, ProgramBuilder& build);

  /// Names are those behind the layer's prefix from here on; before it, and after end_layers(),
  /// those behind the source's.
  void start_layer(uint32_t layer) {
    prefix_ = source_prefix_ + shape_.names.layer + std::to_string(layer) + ".";
  }
  void end_layers() { prefix_ = source_prefix_; }
  /// A tensor's whole name.
  std::string full(const std::string& name) const { return prefix_ + name; }

  NormTensors norm(const std::string& name, format::Role gain, format::Role bias);
  /// The final norm, which scales the logits on the way.
  NormTensors final_norm();
  /// The gain of queries or keys, as wide as they are.
  TensorId head_gain(const std::string& name, format::Role role, uint32_t width);

  /// Queries, keys, values.
  std::array<Linear, 3> attention_inputs();
  Linear attention_output();
  /// Those of gate and up, or of up alone.
  std::vector<Linear> ffn_inputs();
  Linear ffn_output();

 private:
  TensorId gain(const std::string& name, format::Role role, float factor);
  Weights matrix(const std::string& name, uint32_t rows, uint32_t columns);
  Weights vector(const std::string& name, uint32_t columns);
  Weights part_of_joined(int part, bool is_bias);
  Weights attention_part(int part, bool is_bias);
  Linear linear(const LinearRole& role, uint32_t rows, uint32_t columns, bool has_bias,
                float factor = 1);

  const DecoderParameters& shape_;
  ProgramBuilder& build_;
  std::string source_prefix_, prefix_;
};

}  // namespace nibble::offline
