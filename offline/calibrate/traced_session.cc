// Lays the rows of a pass in a session's own memory and runs the program's ops on them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/traced_session.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "offline/files/input_error.h"
#include "runtime/format/layout.h"
#include "runtime/program/op_binding.h"

namespace nibble::offline {
namespace {

using format::BufferRecord;
using format::BufferType;

struct BufferView {
  uint8_t* data;
  uint32_t row_bytes;
  uint32_t rows;
  uint8_t* row(uint32_t index) const { return data + size_t{row_bytes} * index; }
};

BufferView buffer_rows(const program::Bindings& bindings, const program::Pass& pass,
                       uint16_t buffer) {
  const BufferRecord& record = bindings.program.buffers[buffer];
  const bool is_token = record.rows == format::BufferRows::Token;
  const uint32_t rows = is_token ? pass.rows : pass.logit_rows;
  uint8_t* const area = is_token ? bindings.token_area : bindings.logit_area;
  return {area + size_t{record.row_offset_bytes} * rows, format::row_bytes(record), rows};
}

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
  return SessionState::of(*session_).bindings;
}

Span<const format::OpRecord> TracedSession::ops() const {
  return bindings().program.ops;
}
Span<const BufferRecord> TracedSession::buffers() const {
  return bindings().program.buffers;
}

void TracedSession::start(std::span<const Token> tokens) {
  const SessionState& state = SessionState::of(*session_);
  const uint32_t most = std::min(state.batch_tokens, state.context_tokens);
  if (tokens.empty() || tokens.size() > most) {
    throw InputError("traced pass", "has " + std::to_string(tokens.size()) + " tokens; give 1 to " +
                                        std::to_string(most));
  }
  for (const Token token : tokens) {
    if (token >= session_->model().shape().vocabulary) {
      throw InputError("traced pass",
                       "has token " + std::to_string(token) + ", which the model does not have");
    }
  }
  tokens_.assign(tokens.begin(), tokens.end());
  places_.clear();
  for (uint32_t row = 0; row < tokens.size(); ++row) places_.push_back({state.layers, row});
  const auto rows = static_cast<uint32_t>(tokens.size());
  pass_ = {.tokens = tokens_.data(),
           .places = places_.data(),
           .rows = rows,
           .logit_rows = std::min(rows, state.logit_rows)};
}

void TracedSession::run_ops(uint32_t first, uint32_t last, const Visitor& visit) {
  for (uint32_t op = first; op < last; ++op) {
    const format::OpRecord& record = ops()[op];
    if (visit) visit(op, record);
    program::run_tiles(bindings(), pass_, record, 0,
                       program::tile_count(bindings(), pass_, record));
  }
}

std::vector<float> TracedSession::read_buffer(uint16_t buffer) const {
  const BufferRecord& record = buffers()[buffer];
  const BufferView view = buffer_rows(bindings(), pass_, buffer);
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
  const BufferView view = buffer_rows(bindings(), pass_, buffer);
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
