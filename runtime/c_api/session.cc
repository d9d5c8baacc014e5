// The C interface's session: a Generator, with arguments checked.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/generator.h>
#include <nibble/nibble.h>
#include <nibble/self_test.h>

#include "runtime/c_api/configuration.h"
#include "runtime/c_api/convert.h"
#include "runtime/c_api/structs.h"

using namespace nibble;
using namespace nibble::c_api;

namespace {

static_assert(static_cast<uint32_t>(EndReason::EndToken) == NIBBLE_ENDED_BY_TOKEN &&
              static_cast<uint32_t>(EndReason::StopText) == NIBBLE_ENDED_BY_STOP_TEXT &&
              static_cast<uint32_t>(EndReason::TokenLimit) == NIBBLE_ENDED_BY_LIMIT &&
              static_cast<uint32_t>(EndReason::ContextFull) == NIBBLE_ENDED_BY_CONTEXT);
static_assert(sizeof(LogitsDigest) == sizeof(nibble_digest) &&
              NIBBLE_DIGEST_BYTES == LogitsDigest::kBytes);

// A nibble_digest is the memory of a LogitsDigest.
LogitsDigest& digest_of(nibble_digest* digest) {
  return *reinterpret_cast<LogitsDigest*>(digest);
}

// A nibble_session is a Generator whose type C cannot name.
Generator& generator_of(nibble_session* session) {
  return *reinterpret_cast<Generator*>(session);
}
const Session& session_of(const nibble_session* session) {
  return reinterpret_cast<const Generator*>(session)->session();
}

Result<Generator*> create(const Model& model, const nibble_options* options, MutableBytes arena) {
  Configuration configuration;
  NIBBLE_TRY(configuration.read(options));
  return Generator::create(model, configuration.value(), arena);
}

}  // namespace

nibble_status nibble_session_bytes(const nibble_model* model, const nibble_options* options,
                                   size_t* out_bytes) {
  if (model == nullptr || out_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  Configuration configuration;
  const Status read = configuration.read(options);
  if (!read.ok()) return status(read);
  return deliver(Generator::arena_bytes(model_of(model), configuration.value()), out_bytes);
}

nibble_status nibble_session_create(const nibble_model* model, const nibble_options* options,
                                    void* arena, size_t arena_bytes, uint64_t* out_where,
                                    nibble_session** out_session) {
  if (model == nullptr || arena == nullptr || out_session == nullptr)
    return bad_argument(out_where);
  const Result<Generator*> made = create(model_of(model), options, memory_of(arena, arena_bytes));
  if (made.ok()) *out_session = reinterpret_cast<nibble_session*>(made.value());
  return status(made, out_where);
}

nibble_status nibble_configure(nibble_session* session, const nibble_options* options) {
  nibble_options c{};
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  if (options != nullptr && !read_struct(options, &c, sizeof(c))) return NIBBLE_BAD_ARGUMENT;
  return status(generator_of(session).configure(sampler_config(c), c.max_tokens));
}

nibble_status nibble_prompt(nibble_session* session, const char* text, size_t text_bytes,
                            uint64_t* out_where) {
  if (session == nullptr || !is_range(text, text_bytes)) return bad_argument(out_where);
  return status(generator_of(session).prompt({text, text_bytes}), out_where);
}

nibble_status nibble_chat(nibble_session* session, const char* system, size_t system_bytes,
                          const char* user, size_t user_bytes, uint64_t* out_where) {
  if (session == nullptr || !is_range(system, system_bytes) || !is_range(user, user_bytes))
    return bad_argument(out_where);
  return status(generator_of(session).chat({system, system_bytes}, {user, user_bytes}), out_where);
}

nibble_status nibble_append(nibble_session* session, const nibble_token* tokens, size_t count,
                            uint64_t* out_where) {
  if (session == nullptr || !is_range(tokens, count)) return bad_argument(out_where);
  return status(generator_of(session).append({tokens, count}), out_where);
}

nibble_status nibble_step(nibble_session* session, uint64_t tile_budget) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  return progress(generator_of(session).step(tile_budget));
}

nibble_status nibble_ready(const nibble_session* session, uint32_t* out_ready) {
  if (session == nullptr || out_ready == nullptr) return NIBBLE_BAD_ARGUMENT;
  *out_ready = reinterpret_cast<const Generator*>(session)->is_ready() ? 1 : 0;
  return NIBBLE_OK;
}

nibble_status nibble_next(nibble_session* session, nibble_reply_part* out_part) {
  if (session == nullptr || out_part == nullptr || !is_struct(out_part)) return NIBBLE_BAD_ARGUMENT;
  const Result<ReplyPart> next = generator_of(session).next();
  if (!next.ok()) return status(next);
  const ReplyPart& part = next.value();
  const nibble_reply_part c{.struct_bytes = sizeof(nibble_reply_part),
                            .token = part.token,
                            .text = part.text.data(),
                            .text_bytes = part.text.size(),
                            .end = static_cast<uint32_t>(part.end)};
  write_struct(&c, sizeof(c), out_part);
  return part.end == EndReason::None ? NIBBLE_OK : NIBBLE_END;
}

nibble_status nibble_log_likelihood(nibble_session* session, nibble_token token,
                                    int64_t* out_micro_nats) {
  if (session == nullptr || out_micro_nats == nullptr) return NIBBLE_BAD_ARGUMENT;
  return deliver(generator_of(session).log_likelihood(token), out_micro_nats);
}

nibble_status nibble_flush(nibble_session* session, const char** out_text, size_t* out_bytes) {
  if (session == nullptr || out_text == nullptr || out_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  return deliver_text(generator_of(session).flush(), out_text, out_bytes);
}

nibble_status nibble_cancel(nibble_session* session) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  generator_of(session).cancel();
  return NIBBLE_OK;
}

nibble_status nibble_rewind(nibble_session* session, uint32_t position) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  return status(generator_of(session).rewind(position));
}

nibble_status nibble_reset(nibble_session* session) {
  if (session == nullptr) return NIBBLE_BAD_ARGUMENT;
  generator_of(session).reset();
  return NIBBLE_OK;
}

nibble_status nibble_position(const nibble_session* session, uint32_t* out_position) {
  if (session == nullptr || out_position == nullptr) return NIBBLE_BAD_ARGUMENT;
  *out_position = session_of(session).position();
  return NIBBLE_OK;
}

nibble_status nibble_history(const nibble_session* session, const nibble_token** out_tokens,
                             size_t* out_count) {
  if (session == nullptr || out_tokens == nullptr || out_count == nullptr)
    return NIBBLE_BAD_ARGUMENT;
  const Span<const Token> history = session_of(session).history();
  *out_tokens = history.data();
  *out_count = history.size();
  return NIBBLE_OK;
}

nibble_status nibble_tiles_per_pass(const nibble_session* session, uint32_t tokens,
                                    uint64_t* out_tiles) {
  if (session == nullptr || out_tiles == nullptr) return NIBBLE_BAD_ARGUMENT;
  *out_tiles = session_of(session).tiles_per_pass(tokens);
  return NIBBLE_OK;
}

nibble_status nibble_kernels_name(const nibble_session* session, const char** out_name) {
  if (session == nullptr || out_name == nullptr) return NIBBLE_BAD_ARGUMENT;
  *out_name = kernels_name(session_of(session).kernels());
  return NIBBLE_OK;
}

nibble_status nibble_self_test(nibble_session* session, uint64_t* out_where) {
  if (session == nullptr) return bad_argument(out_where);
  return status(generator_of(session).self_test(), out_where);
}

nibble_status nibble_digest_begin(nibble_digest* digest) {
  if (digest == nullptr) return NIBBLE_BAD_ARGUMENT;
  digest_of(digest) = LogitsDigest();
  return NIBBLE_OK;
}

nibble_status nibble_digest_add(nibble_digest* digest, const nibble_session* session) {
  if (digest == nullptr || session == nullptr) return NIBBLE_BAD_ARGUMENT;
  const Result<Span<const float>> logits = session_of(session).logits();
  if (!logits.ok()) return status(logits);
  digest_of(digest).add(logits.value());
  return NIBBLE_OK;
}

nibble_status nibble_digest_finish(nibble_digest* digest, uint8_t* out_sha256) {
  if (digest == nullptr || out_sha256 == nullptr) return NIBBLE_BAD_ARGUMENT;
  uint8_t sha256[LogitsDigest::kBytes];
  digest_of(digest).finish(sha256);
  __builtin_memcpy(out_sha256, sha256, sizeof(sha256));
  return NIBBLE_OK;
}
