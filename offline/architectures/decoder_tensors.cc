// Slices joined matrices, turns transposed ones, and folds factors into weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/decoder_tensors.h"

#include <numeric>

#include "offline/weights/rearrange.h"
#include "offline/weights/rescale.h"

namespace nibble::offline {
namespace {

using format::Role;

/// A vector's elements in another order, or some of them.
Weights pick_columns(const Weights& vector, std::vector<uint32_t> columns) {
  return transpose(pick_rows(transpose(vector), std::move(columns)));
}

std::vector<uint32_t> range(uint32_t first, uint32_t count) {
  std::vector<uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

/// The rows of queries (0), keys (1) or values (2) in a joined matrix.
std::vector<uint32_t> joined_rows(const DecoderParameters& shape, int part) {
  const uint32_t queries = shape.query_width(), keys = shape.key_width();
  if (shape.qkv == QkvLayout::Joined) {
    return range(part == 0 ? 0 : queries + static_cast<uint32_t>(part - 1) * keys,
                 part == 0 ? queries : keys);
  }
  const uint32_t sharing = shape.num_attention_heads / shape.num_key_value_heads;
  const uint32_t heads = part == 0 ? sharing : 1;  // of this part in a group
  const uint32_t first = part == 0 ? 0 : sharing + static_cast<uint32_t>(part - 1);
  std::vector<uint32_t> rows;
  for (uint32_t group = 0; group < shape.num_key_value_heads; ++group) {
    const uint32_t begin = (group * (sharing + 2) + first) * shape.head_dim;
    for (uint32_t i = 0; i < heads * shape.head_dim; ++i) rows.push_back(begin + i);
  }
  return rows;
}

/// Where only some dimensions of a head turn, what makes them carries the rotation's magnitude.
std::vector<float> rotation_factors(const DecoderParameters& shape, uint32_t rows) {
  const RotarySettings& rotary = shape.rotary.front();
  std::vector<float> factors(rows, 1.0f);
  for (uint32_t row = 0; row < rows; ++row) {
    if (row % shape.head_dim < rotary.dimensions(shape.head_dim)) {
      factors[row] = static_cast<float>(rotary.magnitude);
    }
  }
  return factors;
}

bool scales_rotated_rows(const DecoderParameters& shape) {
  if (shape.rotary.empty()) return false;
  const RotarySettings& rotary = shape.rotary.front();
  return rotary.magnitude != 1 && rotary.dimensions(shape.head_dim) != shape.head_dim;
}

Weights times(Weights weights, float factor) {
  if (factor == 1) return weights;
  const uint32_t rows = weights->rows();
  return scale_rows(std::move(weights), std::vector<float>(rows, factor));
}

/// The prefix that the embedding has in the source.
std::string prefix_in(const CheckedTensors& sources, const DecoderNames& names) {
  for (const std::string& prefix : names.prefixes) {
    if (sources.has(prefix + names.embedding + ".weight")) return prefix;
  }
  return names.prefixes.front();
}

}  // namespace

DecoderTensors::DecoderTensors(const DecoderParameters& shape, ProgramBuilder& build)
    : shape_(shape),
      build_(build),
      source_prefix_(prefix_in(build.sources(), shape.names)),
      prefix_(source_prefix_) {}

Weights DecoderTensors::matrix(const std::string& name, uint32_t rows, uint32_t columns) {
  const std::string full_name = prefix_ + name + ".weight";
  if (!shape_.is_transposed) return build_.sources().take(full_name, {rows, columns});
  return transpose(build_.sources().take(full_name, {columns, rows}));
}

Weights DecoderTensors::vector(const std::string& name, uint32_t columns) {
  return build_.sources().take(prefix_ + name, {columns});
}

Linear DecoderTensors::linear(const LinearRole& role, uint32_t rows, uint32_t columns,
                              bool has_bias, float factor) {
  Linear result;
  const std::string name = prefix_ + role.name;
  result.weights = build_.matrix(name + ".weight", role.weights,
                                 times(matrix(role.name, rows, columns), factor));
  if (has_bias) {
    result.bias =
        build_.vector(name + ".bias", role.bias, times(vector(role.name + ".bias", rows), factor));
  }
  return result;
}

TensorId DecoderTensors::gain(const std::string& name, Role role, float factor) {
  Weights weights = vector(name + ".weight", shape_.hidden_size);
  if (shape_.gains_are_from_one) weights = add_one(weights);
  return build_.vector(prefix_ + name + ".weight", role, times(weights, factor));
}

NormTensors DecoderTensors::norm(const std::string& name, Role gain_role, Role bias_role) {
  NormTensors result{.gain = gain(name, gain_role, 1), .bias = TensorId::None};
  if (shape_.norm_has_bias) {
    result.bias = build_.vector(prefix_ + name + ".bias", bias_role, shape_.hidden_size);
  }
  return result;
}

NormTensors DecoderTensors::final_norm() {
  if (shape_.logit_scale == 1) {
    return norm(shape_.names.final_norm, Role::FinalNorm, Role::FinalNormBias);
  }
  return {.gain = gain(shape_.names.final_norm, Role::FinalNorm, shape_.logit_scale),
          .bias = TensorId::None};
}

TensorId DecoderTensors::head_gain(const std::string& name, Role role, uint32_t width) {
  const bool is_shared = shape_.head_norm == HeadNorm::EachHead;
  Weights weights = vector(name + ".weight", is_shared ? shape_.head_dim : width);
  if (shape_.gains_are_from_one) weights = add_one(weights);
  if (is_shared) {
    std::vector<uint32_t> columns(width);
    for (uint32_t i = 0; i < width; ++i) columns[i] = i % shape_.head_dim;
    weights = pick_columns(weights, std::move(columns));
  }
  return build_.vector(prefix_ + name + ".weight", role, weights);
}

Weights DecoderTensors::part_of_joined(int part, bool is_bias) {
  const uint32_t rows = shape_.query_width() + 2 * shape_.key_width();
  if (is_bias) {
    return pick_columns(vector(shape_.names.joined + ".bias", rows), joined_rows(shape_, part));
  }
  return pick_rows(matrix(shape_.names.joined, rows, shape_.hidden_size),
                   joined_rows(shape_, part));
}

Weights DecoderTensors::attention_part(int part, bool is_bias) {
  const std::string* const names[] = {&shape_.names.query, &shape_.names.key, &shape_.names.value};
  const uint32_t rows = part == 0 ? shape_.query_width() : shape_.key_width();
  Weights weights;
  if (shape_.qkv != QkvLayout::Separate) {
    weights = part_of_joined(part, is_bias);
  } else if (is_bias) {
    weights = vector(*names[part] + ".bias", rows);
  } else {
    weights = matrix(*names[part], rows, shape_.hidden_size);
  }
  if (part == 2 || !scales_rotated_rows(shape_)) return weights;
  const std::vector<float> factors = rotation_factors(shape_, rows);
  return is_bias ? scale_columns(weights, factors) : scale_rows(weights, factors);
}

std::array<Linear, 3> DecoderTensors::attention_inputs() {
  const std::string* const names[] = {&shape_.names.query, &shape_.names.key, &shape_.names.value};
  constexpr Role kWeights[] = {Role::Query, Role::Key, Role::Value};
  constexpr Role kBiases[] = {Role::QueryBias, Role::KeyBias, Role::ValueBias};
  std::array<Linear, 3> parts;
  for (int part = 0; part < 3; ++part) {
    parts[part].weights = build_.matrix(prefix_ + *names[part] + ".weight", kWeights[part],
                                        attention_part(part, false));
  }
  for (int part = 0; shape_.qkv_bias && part < 3; ++part) {
    parts[part].bias =
        build_.vector(prefix_ + *names[part] + ".bias", kBiases[part], attention_part(part, true));
  }
  return parts;
}

Linear DecoderTensors::attention_output() {
  return linear({shape_.names.output, Role::AttentionOutput, Role::AttentionOutputBias},
                shape_.hidden_size, shape_.query_width(), shape_.output_bias,
                shape_.residual_scale);
}

std::vector<Linear> DecoderTensors::ffn_inputs() {
  const uint32_t width = shape_.hidden_size, inner = shape_.intermediate_size;
  const LinearRole gate{shape_.names.gate, Role::FfnGate, Role::FfnGateBias};
  const LinearRole up{shape_.names.up, Role::FfnUp, Role::FfnUpBias};
  if (!shape_.is_gated) return {linear(up, inner, width, shape_.ffn_bias)};
  if (!shape_.gate_is_joined) {
    const Linear first = linear(gate, inner, width, shape_.ffn_bias);
    return {first, linear(up, inner, width, shape_.ffn_bias)};
  }
  const Weights both = matrix(shape_.names.gate_and_up, 2 * inner, width);
  const std::string name = prefix_ + shape_.names.gate_and_up;
  const TensorId first =
      build_.matrix(name + ".weight gate", Role::FfnGate, slice_rows(both, 0, inner));
  return {{first, TensorId::None},
          {build_.matrix(name + ".weight up", Role::FfnUp, slice_rows(both, inner, inner)),
           TensorId::None}};
}

Linear DecoderTensors::ffn_output() {
  return linear({shape_.names.down, Role::FfnDown, Role::FfnDownBias}, shape_.hidden_size,
                shape_.intermediate_size, shape_.ffn_bias, shape_.residual_scale);
}

}  // namespace nibble::offline
