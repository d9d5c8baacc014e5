// Generators of one model that are computed together: replies side by side, weights read once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/batch.h>
#include <nibble/generator.h>

namespace nibble {

struct GeneratorBatchConfig {
  /// Of every generator; Generator::configure() changes what a reply is drawn by. The session's
  /// batch_tokens and logit_rows are those of a BatchConfig.
  GeneratorConfig generator = {};
  uint32_t generators = 1;  ///< At least 1; generators · logit_rows may be up to batch_tokens.
};

/// Generators with one arena, whose sessions are a Batch. Each has its own text, settings, random
/// numbers and stop conditions; sampling and the encoding of prompts use one workspace in turn.
/// Every reply has the tokens that it has alone.
///
///   while (step(budget) is no error)
///     for each generator that is_ready(): next()
///
/// Lives at the start of its arena; nothing to destroy. One thread at a time for all of it.
class GeneratorBatch {
 public:
  /// Exact bytes create() needs: the carving code itself, measuring. Items that each generator has
  /// are those of all; workspace, activations and logits are shared.
  /// @returns line items | BadArgument (a session, stop_texts or generators out of range) |
  ///          SizeOverflow
  static Result<GeneratorMemory> memory(const Model& model, const GeneratorBatchConfig& config);
  static Result<size_t> arena_bytes(const Model& model, const GeneratorBatchConfig& config);

  /// @param arena  64-byte aligned, at least arena_bytes(); outlives the generators
  /// @returns generators inside `arena`, all with the random numbers of the one seed | BadArgument
  ///          (a setting out of range) | ArenaTooSmall (where = bytes needed) | ArenaMisaligned |
  ///          UnsupportedCpu
  static Result<GeneratorBatch*> create(const Model& model, const GeneratorBatchConfig& config,
                                        MutableBytes arena);

  uint32_t generator_count() const;
  /// Used as its header says, with the differences that Batch names for its session: next() of one
  /// that is not ready computes the batch until it is.
  /// @pre index < generator_count()
  Generator& generator(uint32_t index);
  const Generator& generator(uint32_t index) const;

  /// Gives the token drawn last back to each session whose reply goes on, then computes at most
  /// `tile_budget` (≥ 1) tiles of what the sessions have queued, and returns early at the end of a
  /// pass that made logits. Any budgets give the same bits.
  /// @returns Done: at least one generator is_ready() that was not | More | NothingToDo (no session
  ///          has tokens queued) | BadArgument (no budget)
  Result<Progress> step(uint64_t tile_budget);

 protected:  // Made by create() only, and never copied out of its arena.
  GeneratorBatch() = default;
  GeneratorBatch(const GeneratorBatch&) = default;
  GeneratorBatch& operator=(const GeneratorBatch&) = default;
};

}  // namespace nibble
