// A session, a sampler, a tokenizer and the reasons to stop, carved from one arena.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/generator.h>
#include <nibble/self_test.h>

#include "runtime/core/arena.h"
#include "runtime/session/decode_loop.h"
#include "runtime/session/stop_filter.h"

namespace nibble {
namespace {

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

/// More tokens than the context holds are refused anyway, so no room is made for them.
Status carve_prompt(Arena& arena, size_t text_bytes, uint32_t context_tokens, PromptParts& parts) {
  const size_t most_tokens = Tokenizer::most_tokens(text_bytes);
  parts.tokens = arena.take<Token>(most_tokens < context_tokens ? most_tokens : context_tokens);
  parts.workspace = arena.take<uint8_t>(NIBBLE_TRY(Tokenizer::workspace_bytes(text_bytes)));
  return {};
}

Result<size_t> workspace_bytes(const Model& model, const GeneratorConfig& config) {
  const ModelShape& shape = model.shape();
  const size_t sampling = NIBBLE_TRY(Sampler::workspace_bytes(shape.vocabulary));
  if (config.prompt_bytes == 0) return sampling;
  const uint32_t context = config.session.context_tokens;
  Arena arena = Arena::measuring();
  PromptParts parts;
  NIBBLE_TRY(carve_prompt(arena, config.prompt_bytes,
                          context != 0 ? context : shape.default_context_tokens, parts));
  const size_t encoding = NIBBLE_TRY(arena.used_bytes());
  return encoding > sampling ? encoding : sampling;
}

struct GeneratorParts {
  GeneratorState* state = nullptr;
  MutableBytes session;
  MutableBytes workspace;
  Span<Text> stop_texts;
  Span<char> stop_bytes;
  Span<char> text;
  GeneratorMemory memory;
};

Status carve_generator(Arena& arena, const Model& model, const GeneratorConfig& config,
                       GeneratorParts& parts) {
  if (config.stop_texts.size() > kMaxStopTexts) return Error::BadArgument;
  Checked stop_bytes = 0;
  for (const Text stop : config.stop_texts) stop_bytes = stop_bytes + stop.size();

  ArenaLedger ledger(arena);
  parts.state = arena.take<GeneratorState>(1).data();
  parts.memory.state = ledger.bytes_since();
  parts.memory.session = NIBBLE_TRY(Session::memory(model, config.session));
  parts.session = arena.take<uint8_t>(parts.memory.session.total());
  (void)ledger.bytes_since();
  parts.workspace = arena.take<uint8_t>(NIBBLE_TRY(workspace_bytes(model, config)));
  parts.memory.workspace = ledger.bytes_since();
  parts.stop_texts = arena.take<Text>(config.stop_texts.size());
  parts.stop_bytes = arena.take<char>(stop_bytes);
  parts.text = arena.take<char>(TextStream::room_bytes(model.tokenizer().longest_piece_bytes()) +
                                StopFilter::held_bytes(config.stop_texts));
  parts.memory.text = ledger.bytes_since();
  return {};
}

/// Copies the texts that are not empty. @returns them
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

void begin_reply(GeneratorState& state) {
  state.stream = TextStream(/*drop_first_space=*/false);  // A reply's first space belongs to it.
  state.stops.begin();
  state.reply_tokens = 0;
  state.end = EndReason::None;
}

/// What ends the reply behind a token, as far as its text does not decide it.
EndReason end_behind(const GeneratorState& state, Token token) {
  const Session& session = state.loop.session();
  if (session.model().tokenizer().is_end(token)) return EndReason::EndToken;
  if (state.reply_tokens == state.max_tokens) return EndReason::TokenLimit;
  const bool is_full = session.position() == session.context_tokens();
  return is_full ? EndReason::ContextFull : EndReason::None;
}

/// What a piece makes certain of the text; all of it when the reply ends.
Result<Text> text_behind(GeneratorState& state, Text piece, bool is_last) {
  const Span<char> room = state.stops.room();
  size_t bytes = NIBBLE_TRY(state.stream.push(piece, room));
  if (!is_last) return state.stops.push(bytes);
  bytes += NIBBLE_TRY(state.stream.flush(room.from(bytes)));
  return state.stops.finish(bytes);
}

}  // namespace

Result<GeneratorMemory> Generator::memory(const Model& model, const GeneratorConfig& config) {
  Arena arena = Arena::measuring();
  GeneratorParts parts;
  NIBBLE_TRY(carve_generator(arena, model, config, parts));
  NIBBLE_TRY(arena.used_bytes());
  return parts.memory;
}

Result<size_t> Generator::arena_bytes(const Model& model, const GeneratorConfig& config) {
  const GeneratorMemory needed = NIBBLE_TRY(memory(model, config));
  return needed.total();
}

Result<Generator*> Generator::create(const Model& model, const GeneratorConfig& config,
                                     MutableBytes arena) {
  if (!is_arena_aligned(arena.data())) return Error::ArenaMisaligned;
  Arena carver(arena);
  GeneratorParts parts;
  NIBBLE_TRY(carve_generator(carver, model, config, parts));
  if (!carver.fits()) return Failure{Error::ArenaTooSmall, NIBBLE_TRY(arena_bytes(model, config))};

  GeneratorState& state = *parts.state;
  state.loop = DecodeLoop(*NIBBLE_TRY(Session::create(model, config.session, parts.session)));
  state.sampler = NIBBLE_TRY(Sampler::create(config.sampler, model.shape().vocabulary,
                                             state.loop.session().kernels(), parts.workspace));
  state.stops = StopFilter(copy_stop_texts(config.stop_texts, parts), parts.text);
  state.workspace = parts.workspace;
  state.max_tokens = config.max_tokens;
  begin_reply(state);
  return static_cast<Generator*>(&state);
}

Status Generator::prompt(Text text) {
  GeneratorState& state = GeneratorState::of(*this);
  const Session& session = state.loop.session();
  Arena arena(state.workspace);
  PromptParts parts;
  NIBBLE_TRY(carve_prompt(arena, text.size(), session.context_tokens(), parts));
  if (!arena.fits()) return Failure{Error::TextTooLong, text.size()};

  const bool begins = session.position() == 0 && session.queued_tokens() == 0;
  const Result<size_t> count = session.model().tokenizer().encode(
      text, begins ? EncodeMode::Prompt : EncodeMode::Continue, parts.tokens, parts.workspace);
  if (count.error() == Error::BufferTooSmall) {
    const uint32_t used = session.position() + session.queued_tokens();
    return Failure{Error::ContextFull, session.context_tokens() - used};
  }
  return append(parts.tokens.first(NIBBLE_TRY(count)));
}

Status Generator::append(Span<const Token> tokens) {
  GeneratorState& state = GeneratorState::of(*this);
  NIBBLE_TRY(state.loop.append(tokens));
  begin_reply(state);
  return {};
}

Result<Progress> Generator::step(uint64_t tile_budget) {
  return GeneratorState::of(*this).loop.step(tile_budget);
}

Result<ReplyPart> Generator::next() {
  GeneratorState& state = GeneratorState::of(*this);
  if (state.end != EndReason::None) return Error::NothingToDo;
  ReplyPart part;
  part.token = NIBBLE_TRY(state.loop.draw(state.sampler));
  ++state.reply_tokens;
  part.end = end_behind(state, part.token);
  const Text piece =
      part.end == EndReason::EndToken ? Text() : session().model().tokenizer().piece(part.token);
  part.text = NIBBLE_TRY(text_behind(state, piece, part.end != EndReason::None));
  if (state.stops.has_stopped() && part.end != EndReason::EndToken) part.end = EndReason::StopText;
  if (part.end != EndReason::None && part.end != EndReason::TokenLimit) state.loop.drop_drawn();
  state.end = part.end;
  return part;
}

Text Generator::flush() {
  GeneratorState& state = GeneratorState::of(*this);
  const Result<Text> text = text_behind(state, Text(), /*is_last=*/true);
  return text.ok() ? text.value() : Text();
}

void Generator::cancel() {
  GeneratorState& state = GeneratorState::of(*this);
  state.loop.session().cancel();
  state.loop.drop_drawn();
  begin_reply(state);
}

Status Generator::rewind(uint32_t position) {
  GeneratorState& state = GeneratorState::of(*this);
  NIBBLE_TRY(state.loop.session().rewind(position));
  state.loop.drop_drawn();
  begin_reply(state);
  return {};
}

void Generator::reset() {
  cancel();
  (void)rewind(0);  // Refused only while a step is under way.
  GeneratorState::of(*this).sampler.restart();
}

Status Generator::self_test() {
  GeneratorState& state = GeneratorState::of(*this);
  Session& session = state.loop.session();
  if (session.position() != 0 || session.queued_tokens() != 0) return Error::BadArgument;
  const Status status = run_self_test(session, state.workspace);
  reset();
  return status;
}

const Session& Generator::session() const {
  return GeneratorState::of(*this).loop.session();
}

}  // namespace nibble
