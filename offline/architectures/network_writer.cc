// Turns typed operands into the records of a blob's program.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/network_writer.h"

#include <algorithm>
#include <utility>

#include "offline/architectures/buffer_planner.h"

namespace nibble::offline {

TensorId NetworkWriter::add(TensorPlan plan) {
  plan.layer = layer_;
  network_.tensors.push_back(std::move(plan));
  return static_cast<TensorId>(network_.tensors.size() - 1);
}

BufferId NetworkWriter::buffer(const std::string& name, format::BufferRows rows, uint32_t width,
                               ActivationFormat format) {
  const auto next = static_cast<BufferId>(network_.buffers.size());
  const auto [known, is_new] = buffers_.try_emplace({name, rows, width, format}, next);
  if (is_new) network_.buffers.push_back({format.type, rows, format.group, width, 0, 0});
  return known->second;
}

void NetworkWriter::emit(format::OpCode code, BufferId output, const Operands& operands,
                         Accumulate accumulate) {
  const auto input = [&](int i) { return static_cast<uint16_t>(operands.input[i]); };
  const auto tensor = [&](int i) { return static_cast<uint16_t>(operands.tensor[i]); };
  const uint16_t accumulates = accumulate == Accumulate::Yes ? format::kOpAccumulate : 0;
  format::OpRecord op{.code = code,
                      .flags = static_cast<uint16_t>(operands.flags | accumulates),
                      .layer = layer_,
                      .output = static_cast<uint16_t>(output),
                      .input = {input(0), input(1)},
                      .tensor = {tensor(0), tensor(1)},
                      .argument = {}};
  std::ranges::copy(operands.argument, op.argument);
  network_.ops.push_back(op);
}

const TensorPlan& NetworkWriter::operator[](TensorId tensor) const {
  return network_.tensors[static_cast<uint16_t>(tensor)];
}

const format::BufferRecord& NetworkWriter::operator[](BufferId buffer) const {
  return network_.buffers[static_cast<uint16_t>(buffer)];
}

Network NetworkWriter::finish() {
  plan_buffers(network_.ops, network_.buffers);
  return std::move(network_);
}

}  // namespace nibble::offline
