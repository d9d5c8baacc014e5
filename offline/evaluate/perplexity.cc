// Feeds windows to sessions in lockstep and accumulates what each predicts for the next token.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/perplexity.h"

#include <algorithm>
#include <cmath>

#include "offline/evaluate/log_softmax.h"
#include "offline/evaluate/statistics.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

constexpr double kNormalQuantile = 1.96;  // of 97.5 %

/// What one model has predicted so far.
class Tally {
 public:
  void add(const LogSoftmax& logits, Token target) { nll_.add(-logits.log_probability(target)); }

  void compare(const LogSoftmax& reference, const LogSoftmax& logits, Token target) {
    const double kl = divergence(reference, logits);
    kl_.add(kl);
    kls_.push_back(static_cast<float>(kl));
    same_top1_ += reference.best() == logits.best() ? 1 : 0;
    shared_top5_ += shared_top(reference, logits);
    nll_difference_.add(reference.log_probability(target) - logits.log_probability(target));
  }

  void end_window() {
    for (BlockedMean* const mean : {&nll_, &nll_difference_, &kl_}) mean->end_block();
  }

  BlobScore score() {
    BlobScore score{{nll_.count(), nll_.mean(), nll_.standard_error()}, std::nullopt};
    if (!kls_.empty()) score.distance = distance();
    return score;
  }

 private:
  Distance distance() {
    const auto positions = static_cast<double>(kls_.size());
    return {kl_spread(), same_top1_ / positions, shared_top5_ / positions, nll_difference_.mean(),
            nll_difference_.standard_error()};
  }
  KlSpread kl_spread() {
    std::ranges::sort(kls_);
    return {kl_.mean(),
            kl_.standard_error(),
            percentile(kls_, 0.5),
            percentile(kls_, 0.95),
            percentile(kls_, 0.99),
            percentile(kls_, 0.999),
            kls_.back()};
  }

  BlockedMean nll_, nll_difference_, kl_;
  std::vector<float> kls_;
  double same_top1_ = 0, shared_top5_ = 0;
};

class TextScorer {
 public:
  explicit TextScorer(const ScoringRun& run)
      : reference_(run.reference),
        stored_reference_(run.stored_reference),
        window_tokens_(run.protocol.window_tokens),
        batch_tokens_(run.session.batch_tokens),
        tallies_(run.models.size()) {
    SessionConfig config = run.session;
    config.context_tokens = run.protocol.window_tokens;
    config.logit_rows = batch_tokens_;
    for (const LoadedModel* const model : run.models) sessions_.emplace_back(*model, config);
  }

  /// @param index  of the window
  void score_window(const WindowTokens& window, size_t index) {
    if (stored_reference_ != nullptr) reference_logits_ = stored_reference_->logits(index);
    for (const HostSession& session : sessions_) value_or_throw(session->rewind(0), "eval");
    const std::vector<Token>& tokens = window.tokens;
    const size_t inputs = tokens.size() - 1;  // nothing follows the last token
    for (size_t begin = 0; begin < inputs; begin += batch_tokens_) {
      const size_t count = std::min<size_t>(batch_tokens_, inputs - begin);
      for (const HostSession& session : sessions_) {
        value_or_throw(session->prefill({tokens.data() + begin, count}), "eval");
      }
      for (size_t row = 0; row < count; ++row) {
        const size_t target = begin + row + 1;
        if (target >= window.first_scored) score_row(row, target - 1, tokens[target]);
      }
    }
    for (Tally& tally : tallies_) tally.end_window();
  }

  std::vector<BlobScore> scores() {
    std::vector<BlobScore> scores;
    for (Tally& tally : tallies_) scores.push_back(tally.score());
    return scores;
  }

 private:
  LogSoftmax row_of(size_t model, size_t row) const {
    const auto number = static_cast<uint32_t>(row);
    return LogSoftmax(value_or_throw(sessions_[model]->logit_row(number), "eval"));
  }

  /// @param row  of the batch; nothing without a reference
  std::optional<LogSoftmax> reference_row(size_t row, size_t position) const {
    if (reference_) return row_of(*reference_, row);
    if (stored_reference_ == nullptr) return std::nullopt;
    const size_t vocabulary = reference_logits_.size() / window_tokens_;
    return LogSoftmax({reference_logits_.data() + position * vocabulary, vocabulary});
  }

  void score_row(size_t row, size_t position, Token target) {
    const std::optional<LogSoftmax> reference = reference_row(row, position);
    for (size_t i = 0; i < tallies_.size(); ++i) {
      const bool is_reference = reference_ == i;
      const LogSoftmax logits = is_reference ? *reference : row_of(i, row);
      tallies_[i].add(logits, target);
      if (reference && !is_reference) tallies_[i].compare(*reference, logits, target);
    }
  }

  std::optional<size_t> reference_;
  StoredReference* stored_reference_;
  std::vector<float> reference_logits_;  // of the window
  uint32_t window_tokens_, batch_tokens_;
  std::vector<HostSession> sessions_;
  std::vector<Tally> tallies_;
};

}  // namespace

double Likelihood::perplexity() const {
  return std::exp(mean_nll);
}
double Likelihood::standard_error_perplexity() const {
  return perplexity() * standard_error_nll;
}

double Distance::upper_ln_ratio() const {
  return ln_perplexity_ratio + kNormalQuantile * standard_error_ln_ratio;
}

LossVerdict judge_loss(const Distance& distance, double max_loss_percent) {
  const double bar = std::log1p(max_loss_percent / 100);
  if (distance.upper_ln_ratio() <= bar) return LossVerdict::Passed;
  return distance.ln_perplexity_ratio <= bar ? LossVerdict::Inconclusive : LossVerdict::Failed;
}

const char* verdict_name(LossVerdict verdict) {
  switch (verdict) {
    case LossVerdict::Passed:
      return "passed";
    case LossVerdict::Inconclusive:
      return "inconclusive";
    case LossVerdict::Failed:
      break;
  }
  return "failed";
}

std::vector<BlobScore> score_text(const ScoringRun& run, std::span<const Token> text) {
  TextScorer scorer(run);
  const Token begin_token = run.models[0]->model().tokenizer().begin_of_text();
  const std::vector<Window> windows = plan_windows(text.size(), run.protocol);
  for (size_t i = 0; i < windows.size(); ++i) {
    scorer.score_window(tokens_of(windows[i], text, run.protocol, begin_token), i);
    if (run.progress)
      run.progress(static_cast<double>(i + 1) / static_cast<double>(windows.size()));
  }
  return scorer.scores();
}

}  // namespace nibble::offline
