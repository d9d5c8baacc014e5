// The C interface's session: a Generator, with arguments checked and translated.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/generator.h>
#include <nibble/nibble.h>
#include <nibble/self_test.h>

#include "runtime/c_api/convert.h"
#include "runtime/c_api/structs.h"

using namespace nibble;
using namespace nibble::c_api;

namespace {

static_assert(static_cast<uint32_t>(EndReason::EndToken) == NIBBLE_ENDED_BY_TOKEN &&
              static_cast<uint32_t>(EndReason::StopText) == NIBBLE_ENDED_BY_STOP_TEXT &&
              static_cast<uint32_t>(EndReason::TokenLimit) == NIBBLE_ENDED_BY_LIMIT &&
              static_cast<uint32_t>(EndReason::ContextFull) == NIBBLE_ENDED_BY_CONTEXT);
static_assert(kMaxStopTexts == NIBBLE_MAX_STOP_TEXTS);

constexpr uint32_t kOff = 1000;  // thousandths

uint32_t or_default(uint32_t value, uint32_t otherwise) {
  return value == 0 ? otherwise : value;
}

Text terminated(const char* text) {
  size_t bytes = 0;
  while (text[bytes] != 0) ++bytes;
  return {text, bytes};
}

SamplerConfig sampler_config(const nibble_options& c) {
  const SamplerConfig standard;
  return {.temperature_milli = c.temperature_milli,
          .top_k = c.top_k,
          .top_p_milli = or_default(c.top_p_milli, kOff),
          .min_p_milli = c.min_p_milli,
          .repeat_penalty_milli = or_default(c.repeat_penalty_milli, kOff),
          .repeat_window_tokens = or_default(c.repeat_window_tokens, standard.repeat_window_tokens),
          .seed = c.seed};
}

/// Options in the runtime's terms. The configuration refers to its texts.
class Configuration {
 public:
  Configuration() = default;
  Configuration(const Configuration&) = delete;

  /// @returns BadArgument | UnsupportedCpu (no such kernels)
  Status read(const nibble_options* options) {
    nibble_options c{};
    if (options != nullptr && !read_struct(options, &c, sizeof(c))) return Error::BadArgument;
    config_.session = {.context_tokens = c.context_tokens,
                       .batch_tokens = or_default(c.batch_tokens, SessionConfig{}.batch_tokens),
                       .cache = static_cast<CacheType>(c.cache),
                       .parallel = {.context = c.parallel_context, .run = c.parallel}};
    config_.sampler = sampler_config(c);
    config_.prompt_bytes = c.prompt_bytes;
    config_.max_tokens = c.max_tokens;
    NIBBLE_TRY(read_stop_texts(c));
    if (c.kernels == nullptr) return {};
    config_.session.kernels = kernels_named(terminated(c.kernels));
    return config_.session.kernels != nullptr ? Status() : Error::UnsupportedCpu;
  }
  const GeneratorConfig& value() const { return config_; }

 private:
  Status read_stop_texts(const nibble_options& c) {
    if (c.stop_text_count > kMaxStopTexts || !is_range(c.stop_texts, c.stop_text_count))
      return Error::BadArgument;
    for (size_t i = 0; i < c.stop_text_count; ++i) {
      const nibble_text& stop = c.stop_texts[i];
      if (!is_range(stop.text, stop.bytes)) return Error::BadArgument;
      stop_texts_[i] = Text(stop.text, stop.bytes);
    }
    config_.stop_texts = Span<const Text>(stop_texts_, c.stop_text_count);
    return {};
  }

  GeneratorConfig config_;
  Text stop_texts_[kMaxStopTexts];
};

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
  const Result<Progress> progress = generator_of(session).step(tile_budget);
  if (!progress.ok()) return status(progress);
  return progress.value() == Progress::More ? NIBBLE_MORE : NIBBLE_OK;
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
