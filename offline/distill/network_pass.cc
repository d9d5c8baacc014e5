// Plans versions of buffers once; then forward is the ops in order, and backward in reverse.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/network_pass.h"

#include <algorithm>

namespace nibble::offline {
namespace {

using format::OpRecord;

template <class Real>
void clear(Rows<Real>& rows) {
  std::ranges::fill(rows.values, Real{0});
}

}  // namespace

template <class Real>
NetworkPass<Real>::NetworkPass(const Network& network, OpRange range, const PassShape& shape,
                               Gradients gradients, const ParallelFor& parallel)
    : network_(network), shape_(shape), parallel_(parallel) {
  for (uint32_t op = range.first; op < range.last; ++op) plan(network.ops[op], gradients);
  if (gradients == Gradients::Yes) make_gradients();
}

template <class Real>
void NetworkPass<Real>::plan(const OpRecord& op, Gradients gradients) {
  const OpFunctions<Real>& functions = functions_of<Real>(op.code);
  Step step;
  step.op = &op;
  for (int i = 0; i < 2; ++i) {
    if (op.input[i] == format::kNone) continue;
    step.input[i] = version_of(op.input[i]);
    if (gradients == Gradients::Yes && functions.reads_input[i]) is_kept_[step.input[i]] = true;
  }
  if (op.output != format::kNone) plan_output(op, step);
  if (format::rules_of(op.code).cache != format::CacheUse::None) caches_[op.layer];
  steps_.push_back(step);
}

template <class Real>
void NetworkPass<Real>::plan_output(const OpRecord& op, Step& step) {
  if (format::works_in_place(op)) step.before = version_of(op.output);
  const auto current = current_.find(op.output);
  const bool is_free = current != current_.end() && !is_kept_[current->second];
  step.output = is_free ? current->second : add_version(op.output);
}

/// A buffer that nothing has written yet is an input of the range, and is never overwritten.
template <class Real>
int NetworkPass<Real>::version_of(uint16_t buffer) {
  const auto current = current_.find(buffer);
  if (current != current_.end()) return current->second;
  const int version = add_version(buffer);
  is_kept_[version] = true;
  return inputs_[buffer] = version;
}

template <class Real>
int NetworkPass<Real>::add_version(uint16_t buffer) {
  versions_.emplace_back(shape_.rows(), network_.buffers[buffer].width);
  is_kept_.push_back(false);
  return current_[buffer] = static_cast<int>(versions_.size()) - 1;
}

template <class Real>
void NetworkPass<Real>::make_gradients() {
  for (const auto& [buffer, version] : current_) {
    gradients_.emplace(buffer, Rows<Real>(shape_.rows(), network_.buffers[buffer].width));
  }
  for (const Step& step : steps_) {
    if (format::rules_of(step.op->code).cache != format::CacheUse::Append) continue;
    const Rows<Real> zeros(shape_.rows(), network_.buffers[step.op->input[0]].width);
    cache_gradients_.emplace(step.op->layer, LayerCache<Real>{zeros, zeros, {}});
  }
}

template <class Real>
Rows<Real>& NetworkPass<Real>::input(uint16_t buffer) {
  return versions_[inputs_.at(buffer)];
}
template <class Real>
const Rows<Real>& NetworkPass<Real>::output(uint16_t buffer) const {
  return versions_[current_.at(buffer)];
}

template <class Real>
OpOperands<Real> NetworkPass<Real>::operands(const Step& step, std::span<const Token> tokens,
                                             std::span<Parameter<Real>> parameters) {
  const OpRecord& op = *step.op;
  OpOperands<Real> operands{.op = op, .shape = shape_, .parallel = parallel_, .tokens = tokens};
  for (int i = 0; i < 2; ++i) {
    if (op.tensor[i] != format::kNone) operands.tensor[i] = &parameters[op.tensor[i]];
    if (step.input[i] != kNone) operands.input[i] = &versions_[step.input[i]];
  }
  if (step.output != kNone) {
    const format::BufferRecord& buffer = network_.buffers[op.output];
    operands.output = &versions_[step.output];
    operands.output_group = buffer.type == format::BufferType::Int8 ? buffer.group : 0;
  }
  const auto cache = caches_.find(op.layer);
  if (cache != caches_.end()) operands.cache = &cache->second;
  return operands;
}

template <class Real>
void NetworkPass<Real>::forward(std::span<const Token> tokens,
                                std::span<Parameter<Real>> parameters) {
  for (const Step& step : steps_) {
    if (step.before != step.output && step.before != kNone) {
      versions_[step.output].values = versions_[step.before].values;
    }
    functions_of<Real>(step.op->code).forward(operands(step, tokens, parameters));
  }
}

template <class Real>
void NetworkPass<Real>::backward(std::span<const Token> tokens,
                                 std::span<Parameter<Real>> parameters) {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const OpRecord& op = *step->op;
    OpOperands<Real> of_step = operands(*step, tokens, parameters);
    of_step.output = nullptr;
    for (int i = 0; i < 2; ++i) {
      if (op.input[i] != format::kNone) of_step.input_gradient[i] = &gradients_.at(op.input[i]);
    }
    if (op.output != format::kNone) of_step.output_gradient = &gradients_.at(op.output);
    if (of_step.cache != nullptr) of_step.cache_gradient = &cache_gradients_.at(op.layer);
    Rows<Real> replaced;
    if (format::replaces_input(op)) {
      // The gradient of what the op wrote makes room for that of what it read.
      replaced = *of_step.output_gradient;
      clear(*of_step.output_gradient);
      of_step.output_gradient = &replaced;
    }
    functions_of<Real>(op.code).backward(of_step);
    clear_output_gradient(op);
  }
  for (const auto& [buffer, version] : inputs_) clear(gradients_.at(buffer));
}

/// What an op overwrote has a gradient of its own; nothing has added to it yet.
template <class Real>
void NetworkPass<Real>::clear_output_gradient(const OpRecord& op) {
  if (op.output != format::kNone && !format::works_in_place(op)) clear(gradients_.at(op.output));
  if (format::rules_of(op.code).cache != format::CacheUse::Append) return;
  clear(cache_gradients_.at(op.layer).keys);
  clear(cache_gradients_.at(op.layer).values);
}

template class NetworkPass<float>;
template class NetworkPass<double>;

}  // namespace nibble::offline
