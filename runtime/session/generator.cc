// Replies: prompts in, tokens and text out, and the reasons to stop.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/generator.h>
#include <nibble/self_test.h>

#include "runtime/session/generator_plan.h"

namespace nibble {

void begin_reply(GeneratorState& state) {
  state.stream = TextStream(/*drop_first_space=*/false);  // A reply's first space belongs to it.
  state.stops.begin();
  state.reply_tokens = 0;
  state.end = EndReason::None;
}

namespace {

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
  return GeneratorBatch::memory(model, {.generator = config});
}

Result<size_t> Generator::arena_bytes(const Model& model, const GeneratorConfig& config) {
  return GeneratorBatch::arena_bytes(model, {.generator = config});
}

Result<Generator*> Generator::create(const Model& model, const GeneratorConfig& config,
                                     MutableBytes arena) {
  GeneratorBatch* const batch =
      NIBBLE_TRY(GeneratorBatch::create(model, {.generator = config}, arena));
  return &batch->generator(0);
}

/// Encodes a text and queues its tokens.
static Status queue(GeneratorState& state, Span<const TextPart> text, EncodeMode mode) {
  const Session& session = state.loop.session();
  size_t text_bytes = 0;
  for (const TextPart& part : text) text_bytes += part.text.size();
  Arena arena(state.workspace);
  PromptParts parts;
  const Tokenizer& tokenizer = session.model().tokenizer();
  NIBBLE_TRY(carve_prompt(arena, tokenizer, text_bytes, session.context_tokens(), parts));
  if (!arena.fits()) return Failure{Error::TextTooLong, text_bytes};

  const Result<size_t> count = tokenizer.encode(text, mode, parts.tokens, parts.workspace);
  if (count.error() == Error::BufferTooSmall) {
    const uint32_t used = session.position() + session.queued_tokens();
    return Failure{Error::ContextFull, session.context_tokens() - used};
  }
  return state.append(parts.tokens.first(NIBBLE_TRY(count)));
}

static bool is_empty(const Session& session) {
  return session.position() == 0 && session.queued_tokens() == 0;
}

Status Generator::prompt(Text text) {
  GeneratorState& state = GeneratorState::of(*this);
  const TextPart part = {text, /*is_trusted=*/false};
  return queue(state, {&part, 1}, is_empty(session()) ? EncodeMode::Prompt : EncodeMode::Continue);
}

Status Generator::chat(Text system, Text user) {
  GeneratorState& state = GeneratorState::of(*this);
  const bool begins = is_empty(session());
  const ChatTurn turn = NIBBLE_TRY(session().model().tokenizer().chat_turn(begins, system, user));
  return queue(state, turn.span(), begins ? EncodeMode::WholeText : EncodeMode::Continue);
}

Status Generator::append(Span<const Token> tokens) {
  GeneratorState& state = GeneratorState::of(*this);
  NIBBLE_TRY(state.loop.append(tokens));
  begin_reply(state);
  return {};
}

Status Generator::configure(const SamplerConfig& sampler, uint64_t max_tokens) {
  GeneratorState& state = GeneratorState::of(*this);
  state.sampler = NIBBLE_TRY(Sampler::create(sampler, session().model().shape().vocabulary,
                                             session().kernels(), state.workspace));
  state.max_tokens = max_tokens;
  return {};
}

bool Generator::is_ready() const {
  const GeneratorState& state = GeneratorState::of(*this);
  return state.end == EndReason::None && !state.loop.has_drawn() && session().logits().ok();
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

Result<int64_t> Generator::log_likelihood(Token token) {
  GeneratorState& state = GeneratorState::of(*this);
  if (token >= session().model().shape().vocabulary) return Error::TokenOutOfRange;
  if (!session().logits().ok()) NIBBLE_TRY(step(Session::kAllTiles));
  state.sampler.begin_log_likelihood(NIBBLE_TRY(session().logits()), token);
  finish(state.sampler);
  return state.sampler.micro_nats();
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
