// Where a generator's parts go in its arena: one function carves it and measures it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator_batch.h>

#include "runtime/core/arena.h"
#include "runtime/session/decode_loop.h"
#include "runtime/session/stop_filter.h"

namespace nibble {

/// Every Generator is one of these, in the arena of its batch. A generator alone is a batch of one.
struct GeneratorState : Generator {
  static GeneratorState& of(Generator& generator) {
    return static_cast<GeneratorState&>(generator);
  }
  static const GeneratorState& of(const Generator& generator) {
    return static_cast<const GeneratorState&>(generator);
  }

  DecodeLoop loop;
  Sampler sampler;
  StopFilter stops;
  TextStream stream;
  MutableBytes
      workspace;  ///< The samplers', and the encoder's: all generators of a batch share it.
  uint64_t max_tokens;
  uint64_t reply_tokens;
  EndReason end;
};

/// Nothing of a reply is there yet, and nothing ended one.
void begin_reply(GeneratorState& state);

/// Every GeneratorBatch is one of these, at the start of its arena.
struct GeneratorBatchState : GeneratorBatch {
  static GeneratorBatchState& of(GeneratorBatch& batch) {
    return static_cast<GeneratorBatchState&>(batch);
  }
  static const GeneratorBatchState& of(const GeneratorBatch& batch) {
    return static_cast<const GeneratorBatchState&>(batch);
  }

  Batch* sessions;
  Span<GeneratorState> generators;
};

/// What encoding a prompt takes.
struct PromptParts {
  Span<Token> tokens;
  MutableBytes workspace;
};

/// @returns SizeOverflow (a text beyond 1 GiB); whether the parts fit, the arena says
Status carve_prompt(Arena& arena, const Tokenizer& tokenizer, size_t text_bytes,
                    uint32_t context_tokens, PromptParts& parts);

struct GeneratorParts {
  /// Where text of generator `index` is made certain.
  Span<char> text_of(size_t index) const { return texts.slice(index * text_bytes, text_bytes); }

  GeneratorBatchState* state = nullptr;
  Span<GeneratorState> generators;
  MutableBytes sessions;
  MutableBytes workspace;
  Span<Text> stop_texts;
  Span<char> stop_bytes;
  Span<char> texts;  ///< [generators, text_bytes]
  size_t text_bytes = 0;
  GeneratorMemory memory;
};

/// @returns any error of GeneratorBatch::memory(); whether the parts fit, the arena says
Status carve_generators(Arena& arena, const Model& model, const GeneratorBatchConfig& config,
                        GeneratorParts& parts);

/// Copies the texts that are not empty into the parts. @returns the copies
Span<const Text> copy_stop_texts(Span<const Text> from, const GeneratorParts& parts);

}  // namespace nibble
