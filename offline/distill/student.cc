// Reads codes and floats of a network, and hands trained ones back to it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/student.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "offline/files/half.h"
#include "offline/quantize/quantizer.h"
#include "offline/weights/memory_weights.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorType;

std::vector<float> read_all(const TensorPlan& plan) {
  std::vector<float> values(size_t{plan.rows} * plan.columns);
  plan.source->read_rows(0, values);
  return values;
}

QuantizedMatrix codes_of(const TensorPlan& plan) {
  if (plan.source->stored_scheme() == plan.scheme) return plan.source->read_stored(0, plan.rows);
  const auto quantizer = make_quantizer(kDefaultQuantizer);
  return quantizer->prepare(plan.scheme, plan.columns, nullptr)->quantize(read_all(plan), 0);
}

Parameter<float> read_parameter(const TensorPlan& plan) {
  Parameter<float> parameter{plan.rows, plan.columns, {}, {}, plan.increments};
  if (plan.scheme.type == TensorType::U64Vector) return parameter;
  if (format::is_matrix(plan.scheme.type)) {
    parameter.values.resize(size_t{plan.rows} * plan.columns);
    hold_quantized(codes_of(plan))->read_rows(0, parameter.values);
  } else {
    parameter.values = read_all(plan);
  }
  return parameter;
}

/// Where scales were folded into norms, weights are other multiples of the teacher's.
bool has_same_vectors(const Network& a, const Network& b) {
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    if (a.tensors[i].scheme.type != TensorType::F32Vector) continue;
    if (!same_weights(*a.tensors[i].source, *b.tensors[i].source)) return false;
  }
  return true;
}

float root_mean_square(const std::vector<float>& values) {
  const float squares = std::inner_product(values.begin(), values.end(), values.begin(), 0.0f);
  return std::sqrt(squares / static_cast<float>(values.size()));
}

}  // namespace

PassShape pass_shape(const HyperParameters& shape, uint32_t sequences, uint32_t sequence_tokens) {
  return {.sequences = sequences,
          .sequence_tokens = sequence_tokens,
          .heads = shape.num_attention_heads,
          .kv_heads = shape.num_key_value_heads,
          .head_dimension = shape.head_dim,
          .cache_of_halves = true};
}

std::vector<Parameter<float>> read_parameters(const Network& network, const IndexSet& tensors) {
  std::vector<Parameter<float>> parameters(network.tensors.size());
  for (const uint16_t tensor : tensors)
    parameters[tensor] = read_parameter(network.tensors[tensor]);
  return parameters;
}

Student::Student(const Network& start, const Network& teacher, const IndexSet& read,
                 const IndexSet& trained, const ParallelFor& parallel)
    : parallel_(parallel), parameters_(read_parameters(start, read)) {
  const bool is_same_scale = has_same_vectors(start, teacher);
  for (const uint16_t tensor : trained) {
    const TensorPlan& plan = start.tensors[tensor];
    if (plan.scheme.type == TensorType::F32Vector) {
      vectors_.emplace(tensor, AdamMoments(plan.columns));
    } else if (format::is_quantized(plan.scheme.type)) {
      const std::vector<float> exact =
          is_same_scale ? read_all(teacher.tensors[tensor]) : std::vector<float>();
      matrices_.emplace(tensor, TrainedMatrix(codes_of(plan), exact));
    } else {
      continue;
    }
    parameters_[tensor].gradient.resize(parameters_[tensor].values.size());
  }
}

void Student::simulate() {
  for (const auto& [tensor, matrix] : matrices_) matrix.simulate(parameters_[tensor], parallel_);
}

void Student::clear_gradients() {
  for (Parameter<float>& parameter : parameters_) std::ranges::fill(parameter.gradient, 0.0f);
}

void Student::update(const AdamStep& step, const TrainingRates& rates) {
  for (auto& [tensor, matrix] : matrices_) {
    matrix.update(parameters_[tensor], step, rates, parallel_);
  }
  for (const auto& [tensor, moments] : vectors_) {
    update_vector(tensor, step, rates.vectors);
  }
}

void Student::update_vector(uint16_t tensor, const AdamStep& step, float rate) {
  Parameter<float>& parameter = parameters_[tensor];
  AdamMoments& moments = vectors_.at(tensor);
  const float unit = rate * root_mean_square(parameter.values);
  for (size_t i = 0; i < parameter.values.size(); ++i) {
    parameter.values[i] -=
        unit * step.direction(parameter.gradient[i], moments.first[i], moments.second[i]);
  }
}

void Student::store_in(Network& network) const {
  for (const auto& [tensor, matrix] : matrices_) {
    network.tensors[tensor].source = hold_quantized(matrix.quantized());
  }
  for (const auto& [tensor, moments] : vectors_) {
    const Parameter<float>& parameter = parameters_[tensor];
    network.tensors[tensor].source = hold_floats(1, parameter.columns, parameter.values);
  }
}

}  // namespace nibble::offline
