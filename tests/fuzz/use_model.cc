// Uses a model in bounded memory and in a bounded number of steps, whatever the model asks for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/fuzz/use_model.h"

#include <nibble/sampler.h>
#include <nibble/self_test.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

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

Token pick(Session& session, uint32_t temperature_milli) {
  const uint32_t vocabulary = session.model().shape().vocabulary;
  Memory workspace(Sampler::workspace_bytes(vocabulary).value());
  const SamplerConfig config{.temperature_milli = temperature_milli,
                             .top_k = temperature_milli % 7,
                             .top_p_milli = 900,
                             .repeat_penalty_milli = 1100};
  Result<Sampler> sampler =
      Sampler::create(config, vocabulary, session.kernels(), workspace.bytes());
  claim(sampler.ok(), "these settings are good");
  const Token token = sampler.value().pick(session.logits().value(), session.history());
  claim(token < vocabulary, "a sampled token has a row");
  return token;
}

void test_itself(Session& session) {
  Memory workspace(Sampler::workspace_bytes(session.model().shape().vocabulary).value());
  if (session.rewind(0).ok()) (void)run_self_test(session, workspace.bytes());
}

/// @returns all logits seen on the way
Bits generate(Session& session, std::vector<Token> tokens, const Settings& settings) {
  Bits bits;
  for (int generated = 0; generated < 3; ++generated) {
    if (!session.append({tokens.data(), tokens.size()}).ok()) break;
    if (!step_through(session, settings.tile_budget)) return bits;
    append_logits(session, bits);
    tokens = {pick(session, settings.temperature_milli)};
  }
  const uint64_t pass_tiles = session.tiles_per_pass(settings.session.batch_tokens);
  if (pass_tiles < kMostTiles / 16) test_itself(session);
  return bits;
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
                      .cache = static_cast<CacheType>(size / 40 % 3)},
          .temperature_milli = choice / 64 * 800,
          .tile_budget = size < 240 ? 1000 : size - 239};
}

void use_model(const Model& model, const Settings& settings) {
  const Tokenizer& tokenizer = model.tokenizer();
  for (Token token = 0; token < tokenizer.vocabulary() + 1; ++token)
    for (const char byte : tokenizer.piece(token)) (void)byte;
  const std::optional<Bits> best = run(model, settings, nullptr);
  if (!best) return;
  const std::optional<Bits> scalar = run(model, settings, kernels_named(text_of("scalar")));
  claim(best == scalar, "every kernel set computes the same bits");
}

}  // namespace nibble::fuzz
