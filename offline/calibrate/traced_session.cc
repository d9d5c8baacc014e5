// Lays the rows of a pass in a session's own memory and runs the program's ops on them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/traced_session.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"
#include "runtime/format/layout.h"
#include "runtime/program/executor.h"
#include "runtime/session/session_plan.h"

namespace nibble::offline {
namespace {

using format::BufferRecord;
using format::BufferType;

void read_codes(const uint8_t* row, const BufferRecord& record, std::span<float> out) {
  const auto* const codes = reinterpret_cast<const int8_t*>(row);
  const auto* const scales = reinterpret_cast<const float*>(row + format::padded(record.width));
  for (uint32_t i = 0; i < record.width; ++i) {
    out[i] = static_cast<float>(codes[i]) * scales[i / record.group];
  }
}

}  // namespace

TracedSession::TracedSession(const LoadedModel& model, const SessionConfig& config)
    : session_(model, config) {}

const program::Bindings& TracedSession::bindings() const {
  return SessionState::of(*session_).batch->workspace.bindings;
}

Span<const format::OpRecord> TracedSession::ops() const {
  return bindings().program.ops;
}
Span<const BufferRecord> TracedSession::buffers() const {
  return bindings().program.buffers;
}

void TracedSession::start(std::span<const Token> tokens) {
  const SessionState& state = SessionState::of(*session_);
  const session::Workspace& workspace = state.batch->workspace;
  if (tokens.size() > workspace.batch_tokens) {
    throw InputError("traced pass", "has " + std::to_string(tokens.size()) + " tokens; give 1 to " +
                                        std::to_string(workspace.batch_tokens));
  }
  value_or_throw(session_->rewind(0), "traced pass");
  value_or_throw(session_->append({tokens.data(), tokens.size()}), "traced pass");
  const auto rows = static_cast<uint32_t>(tokens.size());
  pass_ = workspace.pass_over(state.sequence, rows, std::min(rows, workspace.logit_rows));
}

void TracedSession::run_ops(uint32_t first, uint32_t last, const Visitor& visit) {
  for (uint32_t op = first; op < last; ++op) {
    if (visit) visit(op, ops()[op]);
    program::run_op(bindings(), pass_, op);
  }
}

std::vector<float> TracedSession::read_buffer(uint16_t buffer) const {
  const BufferRecord& record = buffers()[buffer];
  const program::BufferView view = program::buffer_rows(bindings(), pass_, buffer);
  std::vector<float> values(size_t{view.rows} * record.width);
  for (uint32_t row = 0; row < view.rows; ++row) {
    const auto out = std::span(values).subspan(size_t{row} * record.width, record.width);
    if (record.type == BufferType::Int8) {
      read_codes(view.row(row), record, out);
    } else {
      std::memcpy(out.data(), view.row(row), out.size_bytes());
    }
  }
  return values;
}

void TracedSession::write_buffer(uint16_t buffer, std::span<const float> rows) {
  const BufferRecord& record = buffers()[buffer];
  const program::BufferView view = program::buffer_rows(bindings(), pass_, buffer);
  if (record.type != BufferType::F32 || rows.size() != size_t{view.rows} * record.width) {
    throw std::invalid_argument("write_buffer: the buffer has another type or size");
  }
  for (uint32_t row = 0; row < view.rows; ++row) {
    const auto in = rows.subspan(size_t{row} * record.width, record.width);
    std::memset(view.row(row), 0, view.row_bytes);  // columns of padding are 0
    std::memcpy(view.row(row), in.data(), in.size_bytes());
  }
}

}  // namespace nibble::offline
