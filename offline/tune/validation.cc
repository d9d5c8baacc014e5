// Builds models in memory and scores them beside the reference.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/validation.h"

#include <algorithm>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/text.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kBatchTokens = 64;

}  // namespace

std::unique_ptr<BuiltModel> build_model(const SourceModel& source, const Network& network) {
  const std::unique_ptr<Quantizer> halves = make_quantizer("rtn");  // stored codes pass through
  return std::make_unique<BuiltModel>(source, network, *halves);
}

Validation::Validation(const SourceModel& source, const LoadedModel& reference,
                       const std::filesystem::path& path, const SessionConfig& session,
                       unsigned threads)
    : source_(source), reference_(reference), session_(session) {
  const std::string text = read_input_file(path, kMaxTextBytes);
  tokens_ = encode(reference_.model().tokenizer(), text, EncodeMode::WholeText);
  protocol_.window_tokens = std::min(kWindowTokens, source.shape->max_position_embeddings);
  protocol_.max_windows = kMostWindows;
  const size_t windows = plan_windows(tokens_.size(), protocol_).size();
  if (windows < kFewestWindows) {
    throw InputError("--validation " + path.string(),
                     "has " + std::to_string(tokens_.size()) + " tokens; a verdict takes " +
                         std::to_string(kFewestWindows * protocol_.window_tokens) +
                         " or more: give a longer text");
  }
  text_sha256_ = sha256_hex(text);
  session_.batch_tokens = std::min(kBatchTokens, protocol_.window_tokens);
  stored_ =
      std::make_unique<StoredReference>(reference_, protocol_, tokens_, threads, [](double) {});
}

BlobScore Validation::measure(const Network& network,
                              const std::function<void(double done)>& progress) const {
  const std::unique_ptr<BuiltModel> model = build_model(source_, network);
  ScoringRun run;
  run.models = {&model->loaded()};
  run.stored_reference = stored_.get();
  run.protocol = protocol_;
  run.session = session_;
  run.progress = progress;
  return score_text(run, tokens_).front();
}

}  // namespace nibble::offline
