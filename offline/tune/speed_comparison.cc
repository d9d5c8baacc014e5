// Turns of each model, and their medians.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/speed_comparison.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace nibble::offline {

SpeedComparison compare_speeds(const LoadedModel& quantized, const LoadedModel& f16,
                               const SessionConfig& session, const SpeedTurns& turns) {
  SpeedComparison comparison;
  const uint32_t context = quantized.model().shape().default_context_tokens;
  comparison.options = {.prefill_tokens = std::min(turns.prefill_tokens, context),
                        .decode_tokens = std::min(turns.decode_tokens, context),
                        .warmups = 0,
                        .repeats = 1};
  SessionConfig config = session;
  config.context_tokens = 0;
  config.batch_tokens = comparison.options.prefill_tokens;
  config.logit_rows = 1;
  const LoadedModel* const models[2] = {&quantized, &f16};
  std::vector<double> prefill[2], decode[2];
  for (uint32_t turn = 0; turn < turns.turns; ++turn) {
    for (int i = 0; i < 2; ++i) {
      turns.before_each();
      const HostSession host(*models[i], config);
      const Speed speed = measure_speed(*host, comparison.options, models[i]->name());
      prefill[i].push_back(speed.prefill.front());
      decode[i].push_back(speed.decode.front());
    }
  }
  for (int i = 0; i < 2; ++i) {
    comparison.prefill[i] = sample_quantile(prefill[i], 0.5);
    comparison.decode[i] = sample_quantile(decode[i], 0.5);
  }
  return comparison;
}

nlohmann::ordered_json speed_json(const SpeedComparison& comparison, const char* kernels) {
  const auto rates = [&comparison](int i) {
    return nlohmann::ordered_json{{"prefill_tokens_per_second", comparison.prefill[i]},
                                  {"decode_tokens_per_second", comparison.decode[i]}};
  };
  return {{"kernels", kernels},
          {"prefill_tokens", comparison.options.prefill_tokens},
          {"decode_tokens", comparison.options.decode_tokens},
          {"quantized", rates(0)},
          {"f16", rates(1)},
          {"prefill_ratio", comparison.prefill[0] / comparison.prefill[1]},
          {"decode_ratio", comparison.decode[0] / comparison.decode[1]}};
}

}  // namespace nibble::offline
