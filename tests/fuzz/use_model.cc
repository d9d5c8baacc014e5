// Uses a model in bounded memory and in a bounded number of steps, whatever the model asks for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/fuzz/use_model.h"

#include <nibble/generator.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include "runtime/core/utf8.h"
#include "tests/fuzz/load.h"
#include "tests/fuzz/tokenizer_invariants.h"

namespace nibble::fuzz {
namespace {

constexpr uint64_t kMostTiles = 20000;  // of all steps of a session

/// Every logit of every row, as bits. All NaNs count as equal: their payloads are not fixed.
using Bits = std::vector<uint32_t>;
void append_logits(const Session& session, Bits& bits) {
  for (uint32_t row = 0; row < session.logit_row_count(); ++row) {
    const Result<Span<const float>> logits = session.logit_row(row);
    claim(logits.ok(), "a row that is counted can be read");
    for (const float logit : logits.value())
      bits.push_back(logit != logit ? 0x7FC00000 : std::bit_cast<uint32_t>(logit));
  }
}

/// Steps to the end of the queue. @returns false when that takes too many tiles
bool step_through(Session& session, uint64_t budget) {
  for (uint64_t tiles = 0; tiles < kMostTiles; tiles += budget) {
    const Result<Progress> progress = session.step(budget);
    claim(progress.ok(), "step() has something to do");
    if (progress.value() == Progress::Done) return true;
  }
  session.cancel();
  return false;
}

SamplerConfig sampler_config(const Settings& settings) {
  return {.temperature_milli = settings.temperature_milli,
          .top_k = settings.temperature_milli % 7,
          .top_p_milli = 900,
          .repeat_penalty_milli = 1100};
}

Token pick(Session& session, const SamplerConfig& config) {
  const uint32_t vocabulary = session.model().shape().vocabulary;
  Memory workspace(Sampler::workspace_bytes(vocabulary).value());
  Result<Sampler> sampler =
      Sampler::create(config, vocabulary, session.kernels(), workspace.bytes());
  claim(sampler.ok(), "these settings are good");
  const Token token = sampler.value().pick(session.logits().value(), session.history());
  claim(token < vocabulary, "a sampled token has a row");
  return token;
}

/// @returns all logits seen on the way
Bits generate(Session& session, std::vector<Token> tokens, const Settings& settings) {
  Bits bits;
  for (int generated = 0; generated < 3; ++generated) {
    if (!session.append({tokens.data(), tokens.size()}).ok()) break;
    if (!step_through(session, settings.tile_budget)) return bits;
    append_logits(session, bits);
    tokens = {pick(session, sampler_config(settings))};
  }
  return bits;
}

void claim_whole_characters(Text text) {
  while (!text.empty()) {
    const Utf8Prefix character = utf8_prefix(text);
    claim(character.kind == Utf8::Whole, "a reply's text is well-formed UTF-8");
    text = text.from(character.bytes);
  }
}

/// The self-test and a short reply, through the decode loop.
void reply(const Model& model, const Settings& settings) {
  const Text stop_texts[] = {text_of("ab"), text_of("a <s>")};
  const GeneratorConfig config{.session = settings.session,
                               .sampler = sampler_config(settings),
                               .max_tokens = 3,
                               .stop_texts = stop_texts};
  const Result<size_t> bytes = Generator::arena_bytes(model, config);
  if (!bytes.ok() || bytes.value() > kMostBytes) return;
  Memory arena(bytes.value());
  const Result<Generator*> made = Generator::create(model, config, arena.bytes());
  claim(made.ok(), "arena_bytes() says what create() needs");
  Generator& generator = *made.value();
  const uint32_t batch_tokens = settings.session.batch_tokens;
  if (generator.session().tiles_per_pass(batch_tokens) >= kMostTiles / 16) return;
  (void)generator.self_test();
  if (!generator.prompt(text_of("aab <s>\xFF")).ok()) return;
  for (EndReason end = EndReason::None; end == EndReason::None;) {
    const Result<ReplyPart> part = generator.next();
    claim(part.ok(), "a reply goes on until it says that it ends");
    claim_whole_characters(part.value().text);
    end = part.value().end;
  }
}

std::optional<Bits> run(const Model& model, const Settings& settings, const Kernels* kernels) {
  SessionConfig config = settings.session;
  config.kernels = kernels;
  const Result<size_t> bytes = Session::arena_bytes(model, config);
  if (!bytes.ok() || bytes.value() > kMostBytes) return {};
  Memory arena(bytes.value());
  const Result<Session*> session = Session::create(model, config, arena.bytes());
  claim(session.ok(), "arena_bytes() says what create() needs");
  const std::string_view text = "aab <s>\xFF";
  std::vector<Token> tokens = encode(model.tokenizer(), text_of(text), EncodeMode::Prompt);
  const size_t room = session.value()->context_tokens();
  tokens.resize(std::clamp<size_t>(tokens.size(), 1, std::min<size_t>(room, 12)), 0);
  return generate(*session.value(), tokens, settings);
}

}  // namespace

Settings read_settings(Input& input) {
  const uint32_t choice = input.number(1), size = input.number(1);
  const uint32_t batch_tokens = 1 + choice / 2 % 8;
  return {.residency = static_cast<Residency>(choice % 2),
          .session = {.context_tokens = size % 40,
                      .batch_tokens = batch_tokens,
                      .logit_rows = 1 + choice / 16 % batch_tokens,
                      .cache = static_cast<CacheType>(size / 40 % 5)},
          .temperature_milli = choice / 64 * 800,
          .tile_budget = size < 240 ? 1000 : size - 239};
}

void use_model(const Model& model, const Settings& settings) {
  const Tokenizer& tokenizer = model.tokenizer();
  for (Token token = 0; token < tokenizer.vocabulary() + 1; ++token)
    for (const char byte : tokenizer.piece(token)) (void)byte;
  const std::optional<Bits> best = run(model, settings, nullptr);
  if (!best) return;
  reply(model, settings);
  const std::optional<Bits> scalar = run(model, settings, kernels_named(text_of("scalar")));
  claim(best == scalar, "every kernel set computes the same bits");
}

}  // namespace nibble::fuzz
