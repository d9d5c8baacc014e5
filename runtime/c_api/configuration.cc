// Zeros become defaults, names become kernel sets, texts are checked.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/c_api/configuration.h"

#include <nibble/cpu.h>

#include "runtime/c_api/convert.h"
#include "runtime/c_api/structs.h"

namespace nibble::c_api {
namespace {

static_assert(kMaxStopTexts == NIBBLE_MAX_STOP_TEXTS);

constexpr uint32_t kOff = 1000;  // thousandths

uint32_t or_default(uint32_t value, uint32_t otherwise) {
  return value == 0 ? otherwise : value;
}

/// Rows of a pass where none are asked for: at least one for each session.
uint32_t default_batch_tokens(uint32_t sessions) {
  const uint32_t usual = SessionConfig{}.batch_tokens;
  return sessions > usual ? sessions : usual;
}

Text terminated(const char* text) {
  size_t bytes = 0;
  while (text[bytes] != 0) ++bytes;
  return {text, bytes};
}

}  // namespace

SamplerConfig sampler_config(const nibble_options& options) {
  const SamplerConfig standard;
  return {.temperature_milli = options.temperature_milli,
          .top_k = options.top_k,
          .top_p_milli = or_default(options.top_p_milli, kOff),
          .min_p_milli = options.min_p_milli,
          .repeat_penalty_milli = or_default(options.repeat_penalty_milli, kOff),
          .repeat_window_tokens =
              or_default(options.repeat_window_tokens, standard.repeat_window_tokens),
          .seed = options.seed};
}

Status Configuration::read(const nibble_options* options, uint32_t sessions) {
  nibble_options c{};
  if (options != nullptr && !read_struct(options, &c, sizeof(c))) return Error::BadArgument;
  config_.session = {.context_tokens = c.context_tokens,
                     .batch_tokens = or_default(c.batch_tokens, default_batch_tokens(sessions)),
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

Status Configuration::read_stop_texts(const nibble_options& options) {
  if (options.stop_text_count > kMaxStopTexts ||
      !is_range(options.stop_texts, options.stop_text_count))
    return Error::BadArgument;
  for (size_t i = 0; i < options.stop_text_count; ++i) {
    const nibble_text& stop = options.stop_texts[i];
    if (!is_range(stop.text, stop.bytes)) return Error::BadArgument;
    stop_texts_[i] = Text(stop.text, stop.bytes);
  }
  config_.stop_texts = Span<const Text>(stop_texts_, options.stop_text_count);
  return {};
}

}  // namespace nibble::c_api
