// One sentence or one object for each variant.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/trial_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "offline/evaluate/score_json.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

Json variant_json(const Variant& variant) {
  Json json{{"name", variant.name},
            {"method", variant.method},
            {"samples", variant.samples},
            {"correction", variant.correction},
            {"bits_per_weight", variant.bits_per_weight},
            {"matrix_bytes", variant.matrix_bytes},
            {"seconds", variant.seconds}};
  if (!variant.score) return json;
  json["loss"] = verdict_name(variant.verdict);
  json["loss_percent"] = variant.loss_percent();
  json["upper_loss_percent"] = variant.upper_loss_percent();
  json["distance"] = distance_json(*variant.score->distance);
  return json;
}

}  // namespace

std::string variant_text(const Variant& variant) {
  std::string text = variant.name + ": " + decimal(variant.bits_per_weight, 3) + " bits per weight";
  if (!variant.score) return text;
  return text + ", loss " + decimal(variant.loss_percent(), 2) + " % (at most " +
         decimal(variant.upper_loss_percent(), 2) + " %), mean KL " +
         decimal(variant.score->distance->kl.mean, 5) + ": " + verdict_name(variant.verdict);
}

Json trials_json(const Trials& trials) {
  Json variants = Json::array();
  for (const Variant& variant : trials.variants()) variants.push_back(variant_json(variant));
  const Variant* const chosen = trials.chosen();
  return {{"variants", variants}, {"chosen", chosen == nullptr ? Json() : Json(chosen->name)}};
}

std::string recommendation(const Trials& trials, double max_loss_percent) {
  const Variant& best = *std::ranges::min_element(trials.variants(), {}, &Variant::loss_percent);
  return "nothing that was tried surely loses at most " + decimal(max_loss_percent, 2) +
         " %; the least is " + decimal(best.loss_percent(), 2) + " %, of '" + best.name +
         "'. Another checkpoint is needed: a larger one of the same family, or one trained with "
         "quantization in mind; or allow more with --max-loss";
}

}  // namespace nibble::offline
