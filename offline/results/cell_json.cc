// Writes every member of a cell.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/results/cell_json.h"

#include <nlohmann/json.hpp>

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

Json quantiles_json(const Quantiles& quantiles) {
  return {{"p50", quantiles.p50}, {"p95", quantiles.p95}};
}

Json host_json(const HostFacts& host) {
  return {{"cpu", host.cpu},
          {"cores", host.cores},
          {"ram_bytes", host.ram_bytes},
          {"kernel", host.kernel}};
}

Json blob_json(const BlobFacts& blob) {
  return {{"name", blob.name},
          {"identity", blob.identity},
          {"bytes", blob.bytes},
          {"bits_per_weight", blob.bits_per_weight}};
}

Json latency_json(const ResultCell& cell) {
  Json json = quantiles_json(cell.latency_ms);
  json["samples"] = cell.latency_samples_ms;
  return json;
}

Json bill_json(const MemoryParts& bill) {
  return {{"weights_bytes", bill.weights_bytes},
          {"cache_bytes", bill.cache_bytes},
          {"activations_bytes", bill.activations_bytes},
          {"total_bytes", bill.total_bytes}};
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

Json samples_json(const std::vector<SampleOutput>& samples) {
  Json json = Json::array();
  for (const SampleOutput& sample : samples) {
    json.push_back({{"prompt", sample.prompt}, {"text", sample.text}});
  }
  return json;
}

void add_conditions(const ResultCell& cell, Json& json) {
  json["host"] = host_json(cell.host);
  json["tool_version"] = cell.tool_version;
  json["blob"] = blob_json(cell.blob);
  json["model"] = cell.model;
  json["prompt_tokens"] = cell.prompt_tokens;
  json["new_tokens"] = cell.new_tokens;
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

}  // namespace nibble::offline
