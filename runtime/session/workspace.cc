// The memory of a pass, bound to a model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/workspace.h"

#include "runtime/format/payload.h"

namespace nibble::session {

using format::BufferRows;

uint32_t Workspace::place(uint32_t row, const Sequence& sequence, uint32_t skipped,
                          uint32_t count) const {
  for (uint32_t i = skipped; i < skipped + count; ++i, ++row) {
    tokens[row] = sequence.next_tokens()[i];
    places[row] = {.layers = sequence.layers, .position = sequence.position + i};
  }
  return row;
}

program::Pass Workspace::pass_of(uint32_t rows, uint32_t logit_row_count) const {
  return {.tokens = tokens, .places = places, .rows = rows, .logit_rows = logit_row_count};
}

program::Pass Workspace::pass_over(const Sequence& sequence, uint32_t rows,
                                   uint32_t logit_row_count) const {
  return pass_of(place(0, sequence, 0, rows), logit_row_count);
}

program::BufferView Workspace::logit_view() const {
  return program::buffer_rows(bindings, executor.pass(), bindings.program.logits_buffer());
}

Span<const float> Workspace::logits(uint32_t row) const {
  const uint16_t buffer = bindings.program.logits_buffer();
  return {reinterpret_cast<const float*>(logit_view().row(row)),
          bindings.program.buffers[buffer].width};
}

Workspace carve_workspace(Arena& arena, const program::Program& program, const WorkspacePlan& plan,
                          SessionMemory& memory) {
  const auto take_area = [&](BufferRows kind, uint32_t rows) {
    const Checked row_bytes = format::buffer_area_bytes_per_row(program.buffers, kind);
    return arena.take<uint8_t>(row_bytes * rows).data();
  };
  ArenaLedger ledger(arena);
  Workspace workspace;
  workspace.batch_tokens = plan.batch_tokens;
  workspace.logit_rows = plan.logit_rows;
  workspace.places = arena.take<RowPlace>(plan.batch_tokens).data();
  workspace.tokens = arena.take<Token>(plan.batch_tokens).data();
  memory.state += ledger.bytes_since();
  workspace.bindings.token_area = take_area(BufferRows::Token, plan.batch_tokens);
  memory.activations += ledger.bytes_since();
  workspace.bindings.logit_area = take_area(BufferRows::Logit, plan.logit_rows);
  memory.logits += ledger.bytes_since();
  return workspace;
}

void bind(Workspace& workspace, const ModelState& model, const Kernels& kernels, uint64_t features,
          const ParallelFor& parallel) {
  program::Bindings& bindings = workspace.bindings;
  bindings.program = model.program;
  bindings.weights = model.weights;
  bindings.tensor_offsets = model.tensor_offsets;
  bindings.kernels = &kernels;
  bindings.in_streams = (features & kCpuReadsStreams) != 0;
  bindings.parallel = parallel;
}

}  // namespace nibble::session
