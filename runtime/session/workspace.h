// A workspace: what a pass needs, whichever sequences its rows belong to.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/model/model_state.h"
#include "runtime/program/executor.h"
#include "runtime/session/sequence.h"

namespace nibble::session {

struct WorkspacePlan {
  uint32_t batch_tokens;
  uint32_t logit_rows;
};

/// Activations, logits and the cursor in the program. One pass at a time.
struct Workspace {
  /// Puts `count` queued tokens of a sequence, behind the first `skipped` of them, into the rows
  /// from `row` on of the next pass. @returns the row behind them
  uint32_t place(uint32_t row, const Sequence& sequence, uint32_t skipped, uint32_t count) const;
  /// A pass over the first `rows` rows, as place() filled them; the last ones make logits.
  /// @param logit_row_count  at most rows, and at most logit_rows
  program::Pass pass_of(uint32_t rows, uint32_t logit_row_count) const;
  /// A pass over the next queued tokens of one sequence.
  program::Pass pass_over(const Sequence& sequence, uint32_t rows, uint32_t logit_row_count) const;
  /// The logits that the last pass left, a row for each of its last rows.
  program::BufferView logit_view() const;
  /// Row `row` of them. @pre row < executor.pass().logit_rows
  Span<const float> logits(uint32_t row) const;

  program::Bindings bindings;
  program::Executor executor;
  RowPlace* places = nullptr;  ///< [batch_tokens], those of the pass under way
  Token* tokens = nullptr;     ///< [batch_tokens], as places
  uint32_t batch_tokens = 0;
  uint32_t logit_rows = 0;
};

/// Takes the memory of a workspace from an arena, and adds it to the session's line items.
/// @returns a workspace whose bindings have memory and nothing else
Workspace carve_workspace(Arena& arena, const program::Program& program, const WorkspacePlan& plan,
                          SessionMemory& memory);
/// Binds a workspace to a model and to what computes it. @param features  of this CPU
void bind(Workspace& workspace, const ModelState& model, const Kernels& kernels, uint64_t features,
          const ParallelFor& parallel);

}  // namespace nibble::session
