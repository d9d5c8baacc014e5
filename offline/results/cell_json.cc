// Writes every member, and reads every member back strictly.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/results/cell_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t kMostCount = std::numeric_limits<uint32_t>::max();
constexpr double kMostNumber = 1e18;

uint32_t count_or_zero(const JsonValue& json) {
  return json.whole_number() == 0 ? 0 : json.count(kMostCount);
}

double positive(const JsonValue& json) {
  const double value = json.number(0, kMostNumber);
  if (value == 0) json.refuse("is 0; what was measured is above 0");
  return value;
}

Json quantiles_json(const Quantiles& quantiles) {
  return {{"p50", quantiles.p50}, {"p95", quantiles.p95}};
}

Quantiles read_quantiles(const JsonValue& json) {
  return {json["p50"].number(0, kMostNumber), json["p95"].number(0, kMostNumber)};
}

Json host_json(const HostFacts& host) {
  return {{"cpu", host.cpu},
          {"cores", host.cores},
          {"ram_bytes", host.ram_bytes},
          {"kernel", host.kernel}};
}

HostFacts read_host(const JsonValue& json) {
  return {json["cpu"].text(), json["kernel"].text(), json["cores"].count(kMostCount),
          json["ram_bytes"].whole_number()};
}

Json blob_json(const BlobFacts& blob) {
  return {{"name", blob.name},
          {"identity", blob.identity},
          {"bytes", blob.bytes},
          {"bits_per_weight", blob.bits_per_weight}};
}

BlobFacts read_blob(const JsonValue& json) {
  return {json["name"].text(), json["identity"].text(), json["bytes"].whole_number(),
          json["bits_per_weight"].number(0, 1024)};
}

Json latency_json(const ResultCell& cell) {
  Json json = quantiles_json(cell.latency_ms);
  json["samples"] = cell.latency_samples_ms;
  return json;
}

std::vector<double> read_samples(const JsonValue& json) {
  std::vector<double> samples(json.array_size());
  if (samples.empty()) json.refuse("is empty; a cell has a sample for each request");
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = json[i].number(0, kMostNumber);
  return samples;
}

Json bill_json(const MemoryParts& bill) {
  return {{"weights_bytes", bill.weights_bytes},
          {"cache_bytes", bill.cache_bytes},
          {"activations_bytes", bill.activations_bytes},
          {"total_bytes", bill.total_bytes}};
}

MemoryParts read_bill(const JsonValue& json) {
  return {json["weights_bytes"].whole_number(), json["cache_bytes"].whole_number(),
          json["activations_bytes"].whole_number(), json["total_bytes"].whole_number()};
}

Json obedience_json(const ObedienceResult& result) {
  Json failures = Json::array();
  for (const ObedienceFailure& failure : result.failures) {
    failures.push_back(
        {{"prompt", failure.prompt}, {"check", failure.check}, {"text", failure.text}});
  }
  return {{"passed", result.passed},
          {"total", result.total},
          {"low", result.low},
          {"high", result.high},
          {"failures", failures}};
}

ObedienceResult read_obedience(const JsonValue& json) {
  ObedienceResult result{json["passed"].whole_number(),
                         json["total"].count(kMostCount),
                         json["low"].number(0, 1),
                         json["high"].number(0, 1),
                         {}};
  if (result.passed > result.total) json["passed"].refuse("is more than /total");
  const JsonValue failures = json["failures"];
  for (size_t i = 0; i < failures.array_size(); ++i) {
    result.failures.push_back(
        {failures[i]["prompt"].text(), failures[i]["check"].text(), failures[i]["text"].text()});
  }
  return result;
}

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json quality_json(const QualityResult& quality) {
  return {{"perplexity", quality.perplexity},
          {"reference_perplexity", value_or_null(quality.reference_perplexity)},
          {"kl_mean", value_or_null(quality.kl_mean)},
          {"tokens", quality.tokens}};
}

std::optional<double> read_optional(const JsonValue& json) {
  if (!json.exists()) return std::nullopt;
  return json.number(-kMostNumber, kMostNumber);
}

QualityResult read_quality(const JsonValue& json) {
  return {positive(json["perplexity"]), json["tokens"].whole_number(),
          read_optional(json["reference_perplexity"]), read_optional(json["kl_mean"])};
}

Json samples_json(const std::vector<SampleOutput>& samples) {
  Json json = Json::array();
  for (const SampleOutput& sample : samples) {
    json.push_back({{"prompt", sample.prompt}, {"text", sample.text}});
  }
  return json;
}

std::vector<SampleOutput> read_sample_outputs(const JsonValue& json) {
  std::vector<SampleOutput> samples;
  for (size_t i = 0; i < json.array_size(); ++i) {
    samples.push_back({json[i]["prompt"].text(), json[i]["text"].text()});
  }
  return samples;
}

/// "2026-11-22T03:20:00Z"
std::string read_timestamp(const JsonValue& json) {
  static const std::regex kForm(R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)");
  const std::string& text = json.text();
  if (text.size() != 20 || !std::regex_match(text, kForm)) {
    json.refuse("is " + json.quoted() + ", must be a time in UTC such as 2026-11-22T03:20:00Z");
  }
  return text;
}

void require_version(const JsonValue& json) {
  const uint64_t version = json["schema_version"].whole_number();
  if (version == kResultSchemaVersion) return;
  json["schema_version"].refuse("is " + std::to_string(version) + ", this program reads version " +
                                std::to_string(kResultSchemaVersion));
}

void add_conditions(const ResultCell& cell, Json& json) {
  json["host"] = host_json(cell.host);
  json["tool_version"] = cell.tool_version;
  json["blob"] = blob_json(cell.blob);
  json["model"] = cell.model;
  json["prompt_tokens"] = cell.prompt_tokens;
  json["new_tokens"] = cell.new_tokens;
}

void read_conditions(const JsonValue& json, ResultCell& cell) {
  cell.variant = json["variant"].text();
  cell.batch_size = json["batch_size"].count(kMostCount);
  cell.threads = json["threads"].count(kMostCount);
  cell.warmups = count_or_zero(json["warmups"]);
  cell.runs = json["runs"].count(kMostCount);
  cell.timestamp = read_timestamp(json["timestamp"]);
  cell.host = read_host(json["host"]);
  cell.tool_version = json["tool_version"].text();
  cell.blob = read_blob(json["blob"]);
  cell.model = json["model"].text();
  cell.prompt_tokens = json["prompt_tokens"].count(kMostCount);
  cell.new_tokens = json["new_tokens"].count(kMostCount);
}

void add_figures(const ResultCell& cell, Json& json) {
  json["latency_ms"] = latency_json(cell);
  json["time_to_first_token_ms"] = quantiles_json(cell.time_to_first_token_ms);
  json["prefill_tokens_per_second"] = cell.prefill_tokens_per_second;
  json["decode_tokens_per_second"] = cell.decode_tokens_per_second;
  json["load_time_ms"] = cell.load_time_ms;
  json["peak_rss_bytes"] = cell.peak_rss_bytes;
  json["bill"] = bill_json(cell.bill);
  json["other_load_cpus"] = cell.other_load_cpus;
}

void read_figures(const JsonValue& json, ResultCell& cell) {
  cell.latency_ms = read_quantiles(json["latency_ms"]);
  cell.latency_samples_ms = read_samples(json["latency_ms"]["samples"]);
  cell.time_to_first_token_ms = read_quantiles(json["time_to_first_token_ms"]);
  cell.prefill_tokens_per_second = positive(json["prefill_tokens_per_second"]);
  cell.decode_tokens_per_second = positive(json["decode_tokens_per_second"]);
  cell.load_time_ms = json["load_time_ms"].number(0, kMostNumber);
  cell.peak_rss_bytes = json["peak_rss_bytes"].whole_number();
  cell.bill = read_bill(json["bill"]);
  cell.other_load_cpus = json["other_load_cpus"].number(0, kMostNumber);
}

}  // namespace

Json cell_json(const ResultCell& cell) {
  Json json{{"schema_version", kResultSchemaVersion},
            {"variant", cell.variant},
            {"batch_size", cell.batch_size},
            {"threads", cell.threads},
            {"warmups", cell.warmups},
            {"runs", cell.runs},
            {"timestamp", cell.timestamp}};
  add_conditions(cell, json);
  add_figures(cell, json);
  json["obedience_pass_rate"] = cell.obedience ? Json(cell.obedience->pass_rate()) : Json();
  json["obedience"] = cell.obedience ? obedience_json(*cell.obedience) : Json();
  json["quality"] = cell.quality ? quality_json(*cell.quality) : Json();
  json["sample_outputs"] = samples_json(cell.sample_outputs);
  return json;
}

ResultCell read_cell(const JsonValue& json) {
  json.keys();
  require_version(json);
  ResultCell cell;
  read_conditions(json, cell);
  read_figures(json, cell);
  const JsonValue obedience = json["obedience"], quality = json["quality"];
  if (obedience.exists()) cell.obedience = read_obedience(obedience);
  if (quality.exists()) cell.quality = read_quality(quality);
  cell.sample_outputs = read_sample_outputs(json["sample_outputs"]);
  return cell;
}

}  // namespace nibble::offline
