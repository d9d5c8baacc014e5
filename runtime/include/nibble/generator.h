// The decode loop as one object: a prompt goes in, tokens and whole characters come out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>
#include <nibble/session.h>

namespace nibble {

/// Why a reply ended. Values are ABI.
enum class EndReason : uint32_t {
  None = 0,         ///< The reply goes on.
  EndToken = 1,     ///< The model drew a token that ends a reply.
  StopText = 2,     ///< The reply reached one of the configuration's stop texts.
  TokenLimit = 3,   ///< The reply has as many tokens as the configuration allows.
  ContextFull = 4,  ///< The cache has no position left for the token that was drawn.
};

inline constexpr size_t kMaxStopTexts = 16;

struct GeneratorConfig {
  SessionConfig session = {};
  SamplerConfig sampler = {};
  /// Bytes of the longest text that prompt() must take, or of all that is said in a turn of chat().
  /// Encoding and sampling share their memory, so that texts of up to about vocabulary / 5 bytes
  /// cost nothing; 0 asks for no more than these.
  size_t prompt_bytes = 0;
  uint64_t max_tokens = 0;  ///< Per reply; 0: as many as the context holds.
  /// A reply ends before the first of these texts. At most kMaxStopTexts, copied into the arena;
  /// empty ones stop nothing.
  Span<const Text> stop_texts = {};  // NOLINT(readability-redundant-member-init): may be left out
};

/// The line items of a generator's arena, in bytes; they add up to arena_bytes().
struct GeneratorMemory {
  size_t state = 0;       ///< The Generator object.
  SessionMemory session;  ///< Its session.
  size_t workspace = 0;   ///< What sampling and the encoding of a prompt use in turn.
  size_t text = 0;        ///< The stop texts, and text on its way out.
  size_t total() const { return state + session.total() + workspace + text; }
};

/// One token of a reply.
struct ReplyPart {
  Token token = 0;
  /// The whole UTF-8 characters that are certain now: a view until the next call of a function that
  /// is not const. Text that may begin a stop text is held back, and bytes of an unfinished
  /// character are; the last part of a reply holds nothing back.
  Text text;
  EndReason end = EndReason::None;  ///< None: call next() again.
};

/// Lives at the start of its arena; nothing to destroy. One thread at a time.
class Generator {
 public:
  /// Exact bytes create() needs: the carving code itself, measuring.
  /// @returns line items | BadArgument (session or stop_texts out of range) | SizeOverflow
  static Result<GeneratorMemory> memory(const Model& model, const GeneratorConfig& config);
  static Result<size_t> arena_bytes(const Model& model, const GeneratorConfig& config);

  /// @param arena  64-byte aligned, at least arena_bytes(); outlives the generator
  /// @returns a generator inside `arena` | BadArgument (a setting out of range) |
  ///          ArenaTooSmall (where = bytes needed) | ArenaMisaligned | UnsupportedCpu
  static Result<Generator*> create(const Model& model, const GeneratorConfig& config,
                                   MutableBytes arena);

  /// Encodes a text and queues its tokens: nothing is computed yet. At position 0 with nothing
  /// queued the text begins a conversation (EncodeMode::Prompt), else it continues one. A new reply
  /// begins; what was held back of the last one is dropped.
  /// @returns TextTooLong (where = prompt_bytes needed) | ContextFull (where = free positions) |
  ///          Busy (a step is under way) | BadArgument (the text has no tokens)
  Status prompt(Text text);
  /// Says something to the model in its chat template (Tokenizer::chat_turn()) and queues it. At
  /// position 0 with nothing queued a conversation begins, else the last reply is answered: what
  /// was computed of the conversation stays in the cache.
  /// @param system  how the model is to behave; matters at the beginning. Empty: the template's own
  /// @returns BadArgument (the model has no chat template) | TextTooLong (where = bytes of the
  /// whole
  ///          turn; prompt_bytes counts what is said) | ContextFull (where = free positions) | Busy
  Status chat(Text system, Text user);
  /// Queues tokens, as prompt() does. @returns any error of Session::append()
  Status append(Span<const Token> tokens);

  /// Changes what the next replies are drawn by, random numbers from the new seed on.
  /// @param max_tokens  per reply; 0: as many as the context holds
  /// @returns BadArgument (a setting out of range; nothing is changed)
  Status configure(const SamplerConfig& sampler, uint64_t max_tokens);

  /// Computes at most `tile_budget` (≥ 1) tiles of what is queued or was drawn last: bounded work,
  /// and a place to stop between two calls. Any budgets give the same bits.
  /// @returns Done: next() draws without computing | More | NothingToDo | BadArgument (no budget)
  Result<Progress> step(uint64_t tile_budget);
  /// Whether next() draws without computing: the logits of all that was given are there.
  bool is_ready() const;
  /// Computes what step() left, and draws the next token of the reply. The logits it was drawn from
  /// are session().logits() until the next call of a function that is not const.
  /// A token that ends the reply as EndToken, StopText or ContextFull is not kept in the session;
  /// a token that ends it as TokenLimit is, so that a prompt can continue the text.
  /// @returns a token | NothingToDo (nothing was queued, or the reply has ended)
  /// Cost: the passes over what is queued; one pass of one row per token after the first.
  Result<ReplyPart> next();
  /// Computes what step() left, and says how likely it makes a token: append() and ask again for
  /// the next one, and the sum is the log-likelihood of a text.
  /// @returns as Sampler::log_likelihood() | NothingToDo (nothing was queued) | TokenOutOfRange
  /// Cost: the passes over what is queued, and O(vocabulary).
  Result<int64_t> log_likelihood(Token token);
  /// For a caller who asks for no more of a reply.
  /// @returns the text that is held back, a view as in ReplyPart
  Text flush();

  /// Drops queued and half-computed tokens, and the token drawn last. Tokens of passes that were
  /// completed stay.
  void cancel();
  /// Forgets everything after `position`, queued tokens and the token drawn last included: O(1).
  /// @returns BadArgument (beyond the session's position, or too far back: see Session::rewind()) |
  ///          Busy
  Status rewind(uint32_t position);
  /// Back to the state after create(): an empty session, the random numbers from their seed on.
  void reset();

  /// Plays the blob's self-test (run_self_test()), then resets. @returns any error of
  /// run_self_test(); BadArgument: the session is not at position 0, or tokens are queued
  Status self_test();

  /// Position, history, context, kernels, tiles per pass; logits as next() says.
  const Session& session() const;

 protected:  // Made by create() only, and never copied out of its arena.
  Generator() = default;
  Generator(const Generator&) = default;
  Generator& operator=(const Generator&) = default;
};

}  // namespace nibble
