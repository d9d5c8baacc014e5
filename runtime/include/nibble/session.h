// A conversation with a model: its cache, its buffers and its position in the text, in one arena.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/cpu.h>
#include <nibble/model.h>
#include <nibble/parallel.h>
#include <nibble/span.h>
#include <nibble/status.h>
#include <nibble/tokenizer.h>

namespace nibble {

/// What a cache keeps of a key and a value; fewer bits need less arena, and cost accuracy.
enum class CacheType : uint32_t {
  ModelDefault = 0,  ///< What the blob says.
  F16 = 1,
  Int8 = 2,
  Hybrid = 3,  ///< Keys in eight bits, values in four.
  Int4 = 4,    ///< Both in four bits. Below 32 dimensions per head it may need more than Int8.
};

inline constexpr uint32_t kMaxBatchTokens = 1024;

struct SessionConfig {
  uint32_t context_tokens = 0;  ///< Positions in the cache; 0 = the model's default.
  /// Prompt tokens per pass, 1 … kMaxBatchTokens: more tokens are faster and need more arena.
  uint32_t batch_tokens = 16;
  /// Logits kept: those of the last rows of the last pass. 1 … batch_tokens
  uint32_t logit_rows = 1;
  CacheType cache = CacheType::ModelDefault;
  const Kernels* kernels = nullptr;  ///< null: the best this CPU runs.
  ParallelFor parallel = {};
};

/// The line items of a session's arena, in bytes; they add up to arena_bytes().
struct SessionMemory {
  size_t state = 0;        ///< The Session object, and where its rows and layers are.
  size_t history = 0;      ///< Token ids, one per position.
  size_t cache = 0;        ///< KV cache.
  size_t activations = 0;  ///< Buffers of batch_tokens rows.
  size_t logits = 0;       ///< Buffers of logit_rows rows.
  size_t total() const { return state + history + cache + activations + logits; }
};

enum class Progress : uint32_t { Done = 0, More = 1 };

/// Lives at the start of its arena; nothing to destroy. One thread at a time.
class Session {
 public:
  static constexpr uint64_t kAllTiles = ~uint64_t{0};

  /// Exact bytes create() needs: the carving code itself, measuring.
  /// @returns line items | BadArgument (config out of range) | SizeOverflow
  static Result<SessionMemory> memory(const Model& model, const SessionConfig& config);
  static Result<size_t> arena_bytes(const Model& model, const SessionConfig& config);

  /// @param arena  64-byte aligned, outlives the session
  /// @returns a session inside `arena` | BadArgument (config out of range) |
  ///          ArenaTooSmall (where = bytes needed) | ArenaMisaligned |
  ///          UnsupportedCpu (this CPU lacks what the kernel set needs)
  static Result<Session*> create(const Model& model, const SessionConfig& config,
                                 MutableBytes arena);

  /// Queues tokens behind those already there; nothing is computed yet.
  /// @returns BadArgument (no tokens) | TokenOutOfRange (where = index in `tokens`) |
  ///          ContextFull (where = free positions) | Busy (a step is under way)
  Status append(Span<const Token> tokens);
  /// Computes at most `tile_budget` (≥ 1) tiles of the queued tokens, then returns: bounded work
  /// for a kernel's FPU section or a watchdog. Any budgets give the same bits.
  /// @returns Done: logits() are ready | More | NothingToDo (no tokens are queued) |
  ///          BadArgument (no budget)
  Result<Progress> step(uint64_t tile_budget);
  /// Drops queued and half-computed tokens, and the logits. Tokens of passes that were completed
  /// stay: position() is unchanged.
  void cancel();

  /// append() and step() to the end. @returns logits() | any error of append().
  /// logit_row() has those of the last min(tokens, logit_rows) positions.
  Result<Span<const float>> prefill(Span<const Token> tokens);
  Result<Span<const float>> decode(Token token);

  /// Logits [vocabulary] after the newest token, valid until the next append, rewind or cancel.
  /// @returns logits | NothingToDo (none computed)
  Result<Span<const float>> logits() const;
  /// Number of rows available: min(tokens of the last pass, logit_rows); 0 without logits().
  uint32_t logit_row_count() const;
  /// Row `row` (0 = oldest), [vocabulary]. @returns logits | BadArgument (no such row)
  Result<Span<const float>> logit_row(uint32_t row) const;

  /// Forgets everything after `position`, queued tokens and logits included: O(1). A model whose
  /// layers see windows keeps no more than they need, so it goes back to 0, or by less than
  /// batch_tokens; further only where no layer has overwritten anything yet.
  /// @returns BadArgument (beyond position(), or too far back for a window) |
  ///          Busy (a step is under way)
  Status rewind(uint32_t position);
  uint32_t position() const;       ///< Tokens computed.
  uint32_t queued_tokens() const;  ///< Tokens given but not computed.
  uint32_t context_tokens() const;
  Span<const Token> history() const;  ///< [position()]
  const Kernels& kernels() const;
  const Model& model() const;
  /// Tiles of one pass over `tokens` (at most batch_tokens) rows: a budget is a part of them.
  uint64_t tiles_per_pass(uint32_t tokens) const;

 protected:  // Made by create() only, and never copied out of its arena.
  Session() = default;
  Session(const Session&) = default;
  Session& operator=(const Session&) = default;
};

}  // namespace nibble
