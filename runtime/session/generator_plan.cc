// The carving of the arena of generators, and of its workspace for a prompt.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/generator_plan.h"

namespace nibble {
namespace {

Result<size_t> workspace_bytes(const Model& model, const GeneratorConfig& config) {
  const ModelShape& shape = model.shape();
  const size_t sampling = NIBBLE_TRY(Sampler::workspace_bytes(shape.vocabulary));
  if (config.prompt_bytes == 0) return sampling;
  const uint32_t context = config.session.context_tokens;
  const size_t text_bytes =
      NIBBLE_TRY((Checked(config.prompt_bytes) + model.tokenizer().chat_bytes()).bytes());
  Arena arena = Arena::measuring();
  PromptParts parts;
  NIBBLE_TRY(carve_prompt(arena, model.tokenizer(), text_bytes,
                          context != 0 ? context : shape.default_context_tokens, parts));
  const size_t encoding = NIBBLE_TRY(arena.used_bytes());
  return encoding > sampling ? encoding : sampling;
}

}  // namespace

// More tokens than the context holds are refused anyway, so no room is made for them.
Status carve_prompt(Arena& arena, const Tokenizer& tokenizer, size_t text_bytes,
                    uint32_t context_tokens, PromptParts& parts) {
  const size_t workspace_bytes = NIBBLE_TRY(tokenizer.workspace_bytes(text_bytes));
  const size_t most_tokens = tokenizer.most_tokens(text_bytes);
  parts.tokens = arena.take<Token>(most_tokens < context_tokens ? most_tokens : context_tokens);
  parts.workspace = arena.take<uint8_t>(workspace_bytes);
  return {};
}

Status carve_generators(Arena& arena, const Model& model, const GeneratorBatchConfig& config,
                        GeneratorParts& parts) {
  const GeneratorConfig& each = config.generator;
  if (each.stop_texts.size() > kMaxStopTexts) return Error::BadArgument;
  Checked stop_bytes = 0;
  for (const Text stop : each.stop_texts) stop_bytes = stop_bytes + stop.size();

  ArenaLedger ledger(arena);
  parts.state = arena.take<GeneratorBatchState>(1).data();
  parts.generators = arena.take<GeneratorState>(config.generators);
  parts.memory.state = ledger.bytes_since();
  parts.memory.session =
      NIBBLE_TRY(Batch::memory(model, {.session = each.session, .sessions = config.generators}));
  parts.sessions = arena.take<uint8_t>(parts.memory.session.total());
  (void)ledger.bytes_since();
  parts.workspace = arena.take<uint8_t>(NIBBLE_TRY(workspace_bytes(model, each)));
  parts.memory.workspace = ledger.bytes_since();
  parts.stop_texts = arena.take<Text>(each.stop_texts.size());
  parts.stop_bytes = arena.take<char>(stop_bytes);
  parts.text_bytes = TextStream::room_bytes(model.tokenizer().longest_piece_bytes()) +
                     StopFilter::held_bytes(each.stop_texts);
  parts.texts = arena.take<char>(Checked(parts.text_bytes) * config.generators);
  parts.memory.text = ledger.bytes_since();
  return {};
}

Span<const Text> copy_stop_texts(Span<const Text> from, const GeneratorParts& parts) {
  size_t texts = 0, bytes = 0;
  for (const Text text : from) {
    if (text.empty()) continue;
    const Span<char> copy = parts.stop_bytes.slice(bytes, text.size());
    for (size_t i = 0; i < text.size(); ++i) copy[i] = text[i];
    parts.stop_texts[texts++] = copy;
    bytes += text.size();
  }
  return parts.stop_texts.first(texts);
}

}  // namespace nibble
