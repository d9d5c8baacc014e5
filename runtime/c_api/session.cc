// The C interface's session: a Session and its Sampler in one arena.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/nibble.h>
#include <nibble/sampler.h>
#include <nibble/self_test.h>
#include <nibble/session.h>

#include "runtime/c_api/convert.h"
#include "runtime/c_api/structs.h"
#include "runtime/core/arena.h"

using namespace nibble;
using namespace nibble::c_api;

/// Lies at the start of its arena; sampler workspace and Session follow.
struct nibble_session {
  Session* session;
  Sampler sampler;
  SamplerConfig sampler_config;
  MutableBytes sampler_workspace;
};

namespace {

constexpr uint32_t kOff = 1000;  // thousandths

uint32_t or_default(uint32_t value, uint32_t otherwise) {
  return value == 0 ? otherwise : value;
}

Text terminated(const char* text) {
  size_t bytes = 0;
  while (text[bytes] != 0) ++bytes;
  return {text, bytes};
}

struct Configuration {
  SessionConfig session;
  SamplerConfig sampler;
};

/// @returns the options in the runtime's terms | BadArgument | UnsupportedCpu (no such kernels)
Result<Configuration> configure(const nibble_options* options) {
  nibble_options c{};
  if (options != nullptr && !read_struct(options, &c, sizeof(c))) return Error::BadArgument;
  const SamplerConfig standard;
  Configuration configuration{
      .session = {.context_tokens = c.context_tokens,
                  .batch_tokens = or_default(c.batch_tokens, SessionConfig{}.batch_tokens),
                  .cache = static_cast<CacheType>(c.cache),
                  .parallel = {.context = c.parallel_context, .run = c.parallel}},
      .sampler = {
          .temperature_milli = c.temperature_milli,
          .top_k = c.top_k,
          .top_p_milli = or_default(c.top_p_milli, kOff),
          .min_p_milli = c.min_p_milli,
          .repeat_penalty_milli = or_default(c.repeat_penalty_milli, kOff),
          .repeat_window_tokens = or_default(c.repeat_window_tokens, standard.repeat_window_tokens),
          .seed = c.seed}};
  if (c.kernels == nullptr) return configuration;
  configuration.session.kernels = kernels_named(terminated(c.kernels));
  if (configuration.session.kernels == nullptr) return Error::UnsupportedCpu;
  return configuration;
}

struct Parts {
  nibble_session* self = nullptr;
  MutableBytes sampler_workspace;
  MutableBytes session;
};

/// Carves, or measures, all of a C session.
Result<Parts> carve(Arena& arena, const Model& model, const SessionConfig& config) {
  Parts parts;
  parts.self = arena.take<nibble_session>(1).data();
  parts.sampler_workspace =
      arena.take<uint8_t>(NIBBLE_TRY(Sampler::workspace_bytes(model.shape().vocabulary)));
  parts.session = arena.take<uint8_t>(NIBBLE_TRY(Session::arena_bytes(model, config)));
  return parts;
}

Result<size_t> session_bytes(const Model& model, const SessionConfig& config) {
  Arena arena = Arena::measuring();
  NIBBLE_TRY(carve(arena, model, config));
  return arena.used_bytes();
}

Result<Sampler> make_sampler(const nibble_session& self) {
  return Sampler::create(self.sampler_config, self.session->model().shape().vocabulary,
                         self.session->kernels(), self.sampler_workspace);
}

Result<nibble_session*> create(const Model& model, const nibble_options* options,
                               MutableBytes memory) {
  const Configuration configuration = NIBBLE_TRY(configure(options));
  if (!is_arena_aligned(memory.data())) return Error::ArenaMisaligned;
  Arena arena(memory);
  const Parts parts = NIBBLE_TRY(carve(arena, model, configuration.session));
  if (!arena.fits()) return Error::ArenaTooSmall;
  nibble_session& self = *parts.self;
  self.session = NIBBLE_TRY(Session::create(model, configuration.session, parts.session));
  self.sampler_config = configuration.sampler;
  self.sampler_workspace = parts.sampler_workspace;
  self.sampler = NIBBLE_TRY(make_sampler(self));
  return &self;
}

/// Workspace of a prompt: its tokens (a token a byte, one for the prefix, one to begin), then what
/// encoding needs.
struct PromptParts {
  Span<Token> tokens;
  MutableBytes workspace;
};
Result<PromptParts> carve_prompt(Arena& arena, size_t text_bytes) {
  PromptParts parts;
  parts.tokens = arena.take<Token>(Checked(text_bytes) + 2);
  parts.workspace = arena.take<uint8_t>(NIBBLE_TRY(Tokenizer::workspace_bytes(text_bytes)));
  return parts;
}

Status prompt(nibble_session& self, Text text, MutableBytes workspace) {
  if (!is_arena_aligned(workspace.data())) return Error::ArenaMisaligned;
  Arena arena(workspace);
  const PromptParts parts = NIBBLE_TRY(carve_prompt(arena, text.size()));
  if (!arena.fits()) return Error::ArenaTooSmall;
  Session& session = *self.session;
  const bool begins = session.position() == 0 && session.queued_tokens() == 0;
  const size_t count = NIBBLE_TRY(session.model().tokenizer().encode(
      text, begins ? EncodeMode::Prompt : EncodeMode::Continue, parts.tokens, parts.workspace));
  return session.append(parts.tokens.first(count));
}

Result<nibble_status> next(nibble_session& self, nibble_token& token) {
  Session& session = *self.session;
  if (session.queued_tokens() != 0) NIBBLE_TRY(session.step(Session::kAllTiles));
  const Span<const float> logits = NIBBLE_TRY(session.logits());
  token = self.sampler.pick(logits, session.history());
  if (session.model().tokenizer().is_end(token)) return NIBBLE_END;
  NIBBLE_TRY(session.append({&token, 1}));
  return NIBBLE_OK;
}

}  // namespace

nibble_status nibble_session_bytes(const nibble_model* model, const nibble_options* options,
                                   size_t* out_bytes) {
  if (model == nullptr || out_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  const Result<Configuration> configuration = configure(options);
  if (!configuration.ok()) return status(configuration);
  return deliver(session_bytes(model_of(model), configuration.value().session), out_bytes);
}

nibble_status nibble_session_create(const nibble_model* model, const nibble_options* options,
                                    void* arena, size_t arena_bytes, nibble_session** out_session) {
  if (model == nullptr || arena == nullptr || out_session == nullptr) return NIBBLE_BAD_ARGUMENT;
  return deliver(create(model_of(model), options, memory_of(arena, arena_bytes)), out_session);
}

nibble_status nibble_prompt_workspace_bytes(size_t text_bytes, size_t* out_bytes) {
  if (out_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  Arena arena = Arena::measuring();
  const Result<PromptParts> parts = carve_prompt(arena, text_bytes);
  return parts.ok() ? deliver(arena.used_bytes(), out_bytes) : status(parts);
}

nibble_status nibble_prompt(nibble_session* session, const char* text, size_t text_bytes,
                            void* workspace, size_t workspace_bytes) {
  if (session == nullptr || !is_range(text, text_bytes) || !is_range(workspace, workspace_bytes))
    return NIBBLE_BAD_ARGUMENT;
  return status(prompt(*session, {text, text_bytes}, memory_of(workspace, workspace_bytes)));
}

nibble_status nibble_append(nibble_session* session, const nibble_token* tokens, size_t count) {
  if (session == nullptr || !is_range(tokens, count)) return NIBBLE_BAD_ARGUMENT;
  return status(session->session->append({tokens, count}));
}

nibble_status nibble_step(nibble_session* session, uint64_t tile_budget) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  const Result<Progress> progress = session->session->step(tile_budget);
  if (!progress.ok()) return status(progress);
  return progress.value() == Progress::More ? NIBBLE_MORE : NIBBLE_OK;
}

nibble_status nibble_next(nibble_session* session, nibble_token* out_token) {
  if (session == nullptr || out_token == nullptr) return NIBBLE_BAD_ARGUMENT;
  nibble_token token = 0;
  const Result<nibble_status> ended = next(*session, token);
  if (!ended.ok()) return status(ended);
  *out_token = token;
  return ended.value();
}

nibble_status nibble_cancel(nibble_session* session) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  session->session->cancel();
  return NIBBLE_OK;
}

nibble_status nibble_rewind(nibble_session* session, uint32_t position) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  return status(session->session->rewind(position));
}

nibble_status nibble_position(const nibble_session* session, uint32_t* out_position) {
  if (session == nullptr || out_position == nullptr) return NIBBLE_BAD_ARGUMENT;
  *out_position = session->session->position();
  return NIBBLE_OK;
}

nibble_status nibble_tiles_per_pass(const nibble_session* session, uint32_t tokens,
                                    uint64_t* out_tiles) {
  if (session == nullptr || out_tiles == nullptr) return NIBBLE_BAD_ARGUMENT;
  *out_tiles = session->session->tiles_per_pass(tokens);
  return NIBBLE_OK;
}

nibble_status nibble_kernels_name(const nibble_session* session, const char** out_name) {
  if (session == nullptr || out_name == nullptr) return NIBBLE_BAD_ARGUMENT;
  *out_name = kernels_name(session->session->kernels());
  return NIBBLE_OK;
}

nibble_status nibble_self_test(nibble_session* session, uint64_t* out_where) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  const Status played = run_self_test(*session->session, session->sampler_workspace);
  if (out_where != nullptr) *out_where = played.failure().where;
  // The test used the sampler's workspace.
  const Result<Sampler> sampler = make_sampler(*session);
  if (sampler.ok()) session->sampler = sampler.value();
  return status(played);
}
