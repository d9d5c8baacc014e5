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

/// What one session has predicted so far.
struct Tally {
  RunningMean nll, nll_difference, agreement, kl;
  std::vector<float> kls;

  BlobScore score(bool has_reference) const {
    BlobScore score{{nll.count(), nll.mean(), nll.standard_error()}, std::nullopt};
    if (has_reference) {
      score.distance = Distance{kl.mean(), percentile(kls, 0.99), agreement.mean(),
                                nll_difference.mean(), nll_difference.standard_error()};
    }
    return score;
  }
};

class TextScorer {
 public:
  explicit TextScorer(const ScoringRun& run) : run_(run), tallies_(run.sessions.size()) {}

  /// @param tokens  the window, begin token included
  /// @param first_scored  index into `tokens`, at least 1
  void score_window(std::span<const Token> tokens, size_t first_scored) {
    for (Session* const session : run_.sessions) value_or_throw(session->rewind(0), "eval");
    const size_t inputs = tokens.size() - 1;  // nothing follows the last token
    for (size_t begin = 0; begin < inputs; begin += run_.batch_tokens) {
      const size_t count = std::min<size_t>(run_.batch_tokens, inputs - begin);
      for (Session* const session : run_.sessions) {
        value_or_throw(session->prefill({tokens.data() + begin, count}), "eval");
      }
      for (size_t row = 0; row < count; ++row) {
        const size_t target = begin + row + 1;
        if (target >= first_scored) score_row(static_cast<uint32_t>(row), tokens[target]);
      }
    }
  }

  std::vector<BlobScore> scores() const {
    std::vector<BlobScore> scores;
    for (size_t i = 0; i < tallies_.size(); ++i) {
      scores.push_back(tallies_[i].score(run_.reference && *run_.reference != i));
    }
    return scores;
  }

 private:
  LogSoftmax row_of(size_t session, uint32_t row) const {
    return LogSoftmax(value_or_throw(run_.sessions[session]->logit_row(row), "eval"));
  }

  void score_row(uint32_t row, Token target) {
    std::optional<LogSoftmax> reference;
    if (run_.reference) reference = row_of(*run_.reference, row);
    for (size_t i = 0; i < tallies_.size(); ++i) {
      const bool is_reference = run_.reference == i;
      const LogSoftmax logits = is_reference ? *reference : row_of(i, row);
      tallies_[i].nll.add(-logits.log_probability(target));
      if (reference && !is_reference) compare(tallies_[i], *reference, logits, target);
    }
  }

  static void compare(Tally& tally, const LogSoftmax& reference, const LogSoftmax& logits,
                      Token target) {
    const double kl = divergence(reference, logits);
    tally.kl.add(kl);
    tally.kls.push_back(static_cast<float>(kl));
    tally.agreement.add(reference.best() == logits.best() ? 1 : 0);
    tally.nll_difference.add(reference.log_probability(target) - logits.log_probability(target));
  }

  const ScoringRun& run_;
  std::vector<Tally> tallies_;
};

}  // namespace

double Likelihood::perplexity() const {
  return std::exp(mean_nll);
}
double Likelihood::standard_error_perplexity() const {
  return perplexity() * standard_error_nll;
}

std::vector<BlobScore> score_text(const ScoringRun& run, std::span<const Token> text,
                                  const ScoreProtocol& protocol) {
  TextScorer scorer(run);
  const std::vector<Window> windows = plan_windows(text.size(), protocol);
  std::vector<Token> tokens;
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto [begin, end, first_scored] = windows[i];
    tokens.clear();
    if (protocol.begin_token) tokens.push_back(run.begin_token);
    const size_t lead = tokens.size();
    tokens.insert(tokens.end(), text.begin() + static_cast<ptrdiff_t>(begin),
                  text.begin() + static_cast<ptrdiff_t>(end));
    scorer.score_window(tokens, first_scored - begin + lead);
    if (run.progress)
      run.progress(static_cast<double>(i + 1) / static_cast<double>(windows.size()));
  }
  return scorer.scores();
}

}  // namespace nibble::offline
