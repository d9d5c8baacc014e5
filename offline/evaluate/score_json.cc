// One member for each figure.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/score_json.h"

#include <nlohmann/json.hpp>

namespace nibble::offline {

using Json = nlohmann::ordered_json;

Json likelihood_json(const Likelihood& likelihood) {
  return {{"tokens", likelihood.tokens},
          {"nll", likelihood.mean_nll},
          {"standard_error_nll", likelihood.standard_error_nll},
          {"perplexity", likelihood.perplexity()},
          {"standard_error_perplexity", likelihood.standard_error_perplexity()}};
}

Json distance_json(const Distance& distance) {
  return {{"mean_kl", distance.kl.mean},
          {"standard_error_kl", distance.kl.standard_error},
          {"median_kl", distance.kl.median},
          {"percentile_95_kl", distance.kl.percentile_95},
          {"percentile_99_kl", distance.kl.percentile_99},
          {"percentile_99_9_kl", distance.kl.percentile_99_9},
          {"largest_kl", distance.kl.largest},
          {"top1_agreement", distance.top1_agreement},
          {"top5_agreement", distance.top5_agreement},
          {"ln_perplexity_ratio", distance.ln_perplexity_ratio},
          {"standard_error_ln_perplexity_ratio", distance.standard_error_ln_ratio},
          {"upper_ln_perplexity_ratio", distance.upper_ln_ratio()}};
}

Json protocol_json(const ScoreProtocol& protocol) {
  return {{"description", protocol.text()},
          {"window_tokens", protocol.window_tokens},
          {"stride_tokens", protocol.resolved_stride()},
          {"begin_token", protocol.begin_token},
          {"max_windows", protocol.max_windows}};
}

}  // namespace nibble::offline
