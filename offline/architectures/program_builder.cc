// Appends tensors, buffers and ops to a Network, refusing sources that do not match it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/program_builder.h"

#include "offline/architectures/buffer_planner.h"
#include "offline/files/input_error.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::BufferRows;
using format::BufferType;
using format::OpCode;
using format::OpRecord;
using format::Role;
using format::TensorType;

std::string shape_text(const std::vector<uint64_t>& shape) {
  std::string text = "[";
  for (const uint64_t dimension : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(dimension);
  }
  return text + "]";
}

/// Computed from the configuration: old checkpoints store it beside the weights.
bool is_derived(const std::string& name) {
  return name.ends_with(".rotary_emb.inv_freq");
}

}  // namespace

const SourceTensor* ProgramBuilder::find(const std::string& name) {
  const auto found = model_.tensors.find(name);
  if (found == model_.tensors.end()) return nullptr;
  used_.insert(name);
  return &found->second;
}

const SourceTensor& ProgramBuilder::require(const std::string& name,
                                            const std::vector<uint64_t>& shape) {
  const SourceTensor* const tensor = find(name);
  if (tensor == nullptr) {
    throw InputError("tensor " + name, "is missing; the configuration asks for it");
  }
  if (tensor->shape != shape) {
    throw InputError("tensor " + name, "has shape " + shape_text(tensor->shape) +
                                           ", the configuration makes it " + shape_text(shape));
  }
  return *tensor;
}

uint16_t ProgramBuilder::add(TensorPlan plan) {
  network_.tensors.push_back(std::move(plan));
  return static_cast<uint16_t>(network_.tensors.size() - 1);
}

uint16_t ProgramBuilder::matrix(const std::string& name, Role role, uint16_t layer, uint32_t rows,
                                uint32_t columns) {
  const SourceTensor& source = require(name, {rows, columns});
  Scheme scheme = scheme_(role, layer);
  if (scheme.type == TensorType::F16) scheme.group = 0;
  return add({name, role, layer, scheme, rows, columns, source.weights, {}});
}

uint16_t ProgramBuilder::vector(const std::string& name, Role role, uint16_t layer,
                                uint32_t columns) {
  const SourceTensor& source = require(name, {columns});
  return add({name, role, layer, {TensorType::F32Vector, 0}, 1, columns, source.weights, {}});
}

uint16_t ProgramBuilder::increments(const std::string& name, std::vector<uint64_t> values) {
  const auto count = static_cast<uint32_t>(values.size());
  return add({name,
              Role::Rotary,
              format::kNoLayer,
              {TensorType::U64Vector, 0},
              1,
              count,
              nullptr,
              std::move(values)});
}

uint16_t ProgramBuilder::buffer(const std::string& purpose, BufferRows rows, uint32_t width,
                                Form form) {
  const auto next = static_cast<uint16_t>(network_.buffers.size());
  const auto [known, is_new] = buffers_.try_emplace({purpose, rows, width, form}, next);
  if (is_new) network_.buffers.push_back({form.type, rows, form.group, width, 0, 0});
  return known->second;
}

OpRecord& ProgramBuilder::emit(OpCode code, uint16_t layer, uint16_t output) {
  constexpr uint16_t kNone = format::kNone;
  network_.ops.push_back({code, 0, layer, output, {kNone, kNone}, {kNone, kNone}, {0, 0}, {0, 0}});
  return network_.ops.back();
}

void ProgramBuilder::matmul(uint16_t layer, uint16_t output, uint16_t input, uint16_t weights,
                            uint16_t bias, bool accumulate) {
  OpRecord& op = emit(OpCode::MatMul, layer, output);
  op.flags = accumulate ? format::kOpAccumulate : 0;
  op.input[0] = input;
  op.tensor[0] = weights;
  op.tensor[1] = bias;
}

Form ProgramBuilder::form_for(uint16_t weights) const {
  const Scheme& scheme = network_.tensors[weights].scheme;
  if (scheme.type == TensorType::F16) return {};
  return {BufferType::Int8, static_cast<uint16_t>(scheme.group)};
}

std::vector<uint16_t> ProgramBuilder::feed(const std::string& purpose, uint16_t layer,
                                           BufferRows rows, std::span<const uint16_t> consumers,
                                           bool fused,
                                           const std::function<void(uint16_t)>& produce) {
  const uint32_t width = network_.tensors[consumers.front()].columns;
  std::set<Form> forms;
  for (const uint16_t weights : consumers) forms.insert(form_for(weights));
  // One form that the producing op writes itself needs no detour over floats.
  const Form produced = fused && forms.size() == 1 ? *forms.begin() : Form{};
  const uint16_t source = buffer(purpose, rows, width, produced);
  produce(source);
  for (const Form& form : forms) {
    if (form == produced || form == Form{}) continue;
    emit(OpCode::Quantize, layer, buffer(purpose, rows, width, form)).input[0] = source;
  }
  std::vector<uint16_t> inputs;
  for (const uint16_t weights : consumers) {
    inputs.push_back(buffer(purpose, rows, width, form_for(weights)));
  }
  return inputs;
}

Network ProgramBuilder::finish() {
  for (const auto& [name, tensor] : model_.tensors) {
    if (!used_.contains(name) && !is_derived(name)) {
      throw InputError("tensor " + name,
                       "is not part of the architecture the configuration describes");
    }
  }
  place_buffers(network_.ops, network_.buffers);
  return std::move(network_);
}

}  // namespace nibble::offline
