// An event as a line of JSON; its time and its identity.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/event.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "offline/files/text.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDryReason = "this is a dry run, which measures no model of the user's";

}  // namespace

std::string DecisionEvent::line() const {
  const auto measured = [this](std::optional<double> value) {
    return value && std::isfinite(*value) && !is_dry_run ? Json(*value) : Json();
  };
  const auto published = [this](const std::string& text) {
    return text.empty() || is_dry_run ? Json() : Json(text);
  };
  const Json json = {{"event_type", is_dry_run ? "QUANT_DECISION_DRY_RUN" : "QUANT_DECISION"},
                     {"schema_version", kEventSchemaVersion},
                     {"event_id", event_id},
                     {"model_name", model_name},
                     {"decision", decision_name(verdict.decision)},
                     {"reason", is_dry_run ? kDryReason : verdict.reason},
                     {"original_throughput", measured(figures.original_throughput)},
                     {"quantized_throughput", measured(figures.quantized_throughput)},
                     {"throughput_drop_percent", measured(figures.throughput_drop_percent())},
                     {"threshold_percent", limits.throughput_drop_percent},
                     {"quality_loss_percent", measured(figures.quality_loss_percent)},
                     {"quality_threshold_percent", limits.quality_loss_percent},
                     {"source_format", source_format},
                     {"target_format", target_format},
                     {"blob", published(blob_name)},
                     {"blob_identity", published(blob_identity)},
                     {"timestamp", timestamp},
                     {"cycle_version", cycle_version}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string new_event_id() {
  std::random_device random;
  uint8_t bytes[16];
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return hex(bytes);
}

}  // namespace nibble::offline
