// A JSON document that the same version, or a later one, reads back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/pending_decision.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "offline/files/json_file.h"
#include "offline/files/json_value.h"
#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t kSchemaVersion = 1;

MetricSample read_sample(const JsonValue& json) {
  MetricSample sample;
  const std::string& name = json["family"].text();
  const FamilyText* known = nullptr;
  for (const FamilyText& family : metric_families()) {
    if (family.name == name) known = &family;
  }
  if (known == nullptr) json["family"].refuse_as_unsupported();
  sample.family = known->family;
  const JsonValue labels = json["labels"];
  if (labels.array_size() != known->labels.size()) labels.refuse("has labels of another family");
  for (size_t i = 0; i < labels.array_size(); ++i) sample.labels.push_back(labels[i].text());
  constexpr double kMost = std::numeric_limits<double>::max();
  sample.value = json["value"].number(-kMost, kMost);
  return sample;
}

/// A name of a file in the folder, and no way out of it.
std::string read_file_name(const JsonValue& json) {
  const std::string& name = json.text();
  if (name.find('/') != std::string::npos || name == "." || name == "..") {
    json.refuse("is no name of a file");
  }
  return name;
}

}  // namespace

void write_pending(const std::filesystem::path& path, const PendingDecision& decision) {
  Json samples = Json::array();
  for (const MetricSample& sample : decision.samples) {
    samples.push_back({{"family", family_text(sample.family).name},
                       {"labels", sample.labels},
                       {"value", sample.value}});
  }
  write_output_file(path, json_text({{"schema_version", kSchemaVersion},
                                     {"event_id", decision.event_id},
                                     {"event", decision.event_line},
                                     {"blob", decision.blob_name},
                                     {"samples", samples},
                                     {"for_command", decision.is_for_command}}));
}

PendingDecision read_pending(const std::filesystem::path& path) {
  const JsonValue json = read_json_document(path);
  if (json["schema_version"].count(UINT32_MAX) != kSchemaVersion) {
    json["schema_version"].refuse_as_unsupported();
  }
  PendingDecision decision;
  decision.event_id = read_file_name(json["event_id"]);
  decision.event_line = json["event"].text();
  decision.blob_name = read_file_name(json["blob"]);
  for (size_t i = 0; i < json["samples"].array_size(); ++i) {
    decision.samples.push_back(read_sample(json["samples"][i]));
  }
  decision.is_for_command = json["for_command"].flag();
  return decision;
}

}  // namespace nibble::offline
