// Where a generator's parts go in its arena: one function carves it and measures it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>

#include "runtime/core/arena.h"
#include "runtime/session/decode_loop.h"
#include "runtime/session/stop_filter.h"

namespace nibble {

/// Every Generator is one of these, at the start of its arena.
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
  MutableBytes workspace;  ///< The sampler's, and the encoder's.
  uint64_t max_tokens;
  uint64_t reply_tokens;
  EndReason end;
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
  GeneratorState* state = nullptr;
  MutableBytes session;
  MutableBytes workspace;
  Span<Text> stop_texts;
  Span<char> stop_bytes;
  Span<char> text;
  GeneratorMemory memory;
};

/// @returns any error of Generator::memory(); whether the parts fit, the arena says
Status carve_generator(Arena& arena, const Model& model, const GeneratorConfig& config,
                       GeneratorParts& parts);

/// Copies the texts that are not empty into the parts. @returns the copies
Span<const Text> copy_stop_texts(Span<const Text> from, const GeneratorParts& parts);

}  // namespace nibble
