// Names, ranges and help of the sampler's settings.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/sampler_options.h"

#include <limits>

#include "offline/cli/option_values.h"

namespace nibble::offline {

void SamplerOptions::add_to(CLI::App& command) {
  command.add_option("--temperature", temperature, "0: always the likeliest token")
      ->capture_default_str();
  command.add_option("--top-k", top_k, "Draw from the K likeliest; 0: all")
      ->check(whole_number(0, std::numeric_limits<uint32_t>::max()))
      ->capture_default_str();
  command.add_option("--top-p", top_p, "Draw from the likeliest that make up this share")
      ->capture_default_str();
  command.add_option("--min-p", min_p, "Drop tokens below this share of the likeliest")
      ->capture_default_str();
  command
      .add_option("--repeat-penalty", repeat_penalty, "Above 1: recent tokens become unlikelier")
      ->capture_default_str();
  command.add_option("--seed", seed, "Seed of the random generator")
      ->check(whole_number(0))
      ->capture_default_str();
}

SamplerConfig SamplerOptions::config() const {
  SamplerConfig config;
  config.temperature_milli = parse_milli("--temperature", temperature, kTemperatureRange);
  config.top_k = top_k;
  config.top_p_milli = parse_milli("--top-p", top_p, kTopPRange);
  config.min_p_milli = parse_milli("--min-p", min_p, kMinPRange);
  config.repeat_penalty_milli =
      parse_milli("--repeat-penalty", repeat_penalty, kRepeatPenaltyRange);
  config.seed = seed;
  return config;
}

}  // namespace nibble::offline
