// A table of columns, and the quoting of fields.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/summary_csv.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace nibble::offline {
namespace {

struct Column {
  const char* name;
  std::string (*field)(const ResultCell& cell);
};

/// The shortest text that reads back as the number.
template <class Number>
std::string number(Number value) {
  return nlohmann::json(value).dump();
}

template <class Part, class Member>
std::string optional_number(const std::optional<Part>& part, Member Part::* member) {
  return part ? number((*part).*member) : "";
}

std::string optional_number(const std::optional<QualityResult>& quality,
                            std::optional<double> QualityResult::* member) {
  return quality && (*quality).*member ? number(*((*quality).*member)) : "";
}

using Cell = const ResultCell&;

constexpr Column kColumns[] = {
    {"variant", [](Cell cell) { return cell.variant; }},
    {"model", [](Cell cell) { return cell.model; }},
    {"batch_size", [](Cell cell) { return number(cell.batch_size); }},
    {"threads", [](Cell cell) { return number(cell.threads); }},
    {"warmups", [](Cell cell) { return number(cell.warmups); }},
    {"runs", [](Cell cell) { return number(cell.runs); }},
    {"timestamp", [](Cell cell) { return cell.timestamp; }},
    {"cpu", [](Cell cell) { return cell.host.cpu; }},
    {"cores", [](Cell cell) { return number(cell.host.cores); }},
    {"ram_bytes", [](Cell cell) { return number(cell.host.ram_bytes); }},
    {"kernel", [](Cell cell) { return cell.host.kernel; }},
    {"tool_version", [](Cell cell) { return cell.tool_version; }},
    {"blob", [](Cell cell) { return cell.blob.name; }},
    {"blob_identity", [](Cell cell) { return cell.blob.identity; }},
    {"blob_bytes", [](Cell cell) { return number(cell.blob.bytes); }},
    {"bits_per_weight", [](Cell cell) { return number(cell.blob.bits_per_weight); }},
    {"prompt_tokens", [](Cell cell) { return number(cell.prompt_tokens); }},
    {"new_tokens", [](Cell cell) { return number(cell.new_tokens); }},
    {"latency_p50_ms", [](Cell cell) { return number(cell.latency_ms.p50); }},
    {"latency_p95_ms", [](Cell cell) { return number(cell.latency_ms.p95); }},
    {"first_token_p50_ms", [](Cell cell) { return number(cell.time_to_first_token_ms.p50); }},
    {"first_token_p95_ms", [](Cell cell) { return number(cell.time_to_first_token_ms.p95); }},
    {"prefill_tokens_per_second", [](Cell cell) { return number(cell.prefill_tokens_per_second); }},
    {"decode_tokens_per_second", [](Cell cell) { return number(cell.decode_tokens_per_second); }},
    {"load_time_ms", [](Cell cell) { return number(cell.load_time_ms); }},
    {"peak_rss_bytes", [](Cell cell) { return number(cell.peak_rss_bytes); }},
    {"weights_bytes", [](Cell cell) { return number(cell.bill.weights_bytes); }},
    {"cache_bytes", [](Cell cell) { return number(cell.bill.cache_bytes); }},
    {"activations_bytes", [](Cell cell) { return number(cell.bill.activations_bytes); }},
    {"total_bytes", [](Cell cell) { return number(cell.bill.total_bytes); }},
    {"other_load_cpus", [](Cell cell) { return number(cell.other_load_cpus); }},
    {"obedience_pass_rate",
     [](Cell cell) { return cell.obedience ? number(cell.obedience->pass_rate()) : ""; }},
    {"obedience_low",
     [](Cell cell) { return optional_number(cell.obedience, &ObedienceResult::low); }},
    {"obedience_high",
     [](Cell cell) { return optional_number(cell.obedience, &ObedienceResult::high); }},
    {"perplexity",
     [](Cell cell) { return optional_number(cell.quality, &QualityResult::perplexity); }},
    {"reference_perplexity",
     [](Cell cell) { return optional_number(cell.quality, &QualityResult::reference_perplexity); }},
    {"kl_mean", [](Cell cell) { return optional_number(cell.quality, &QualityResult::kl_mean); }},
    {"quality_tokens",
     [](Cell cell) { return optional_number(cell.quality, &QualityResult::tokens); }},
};

std::string quoted(const std::string& field) {
  if (field.find_first_of("\",\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char byte : field) {
    if (byte == '"') text += '"';
    text += byte;
  }
  return text + '"';
}

std::string row(const std::vector<std::string>& fields) {
  std::string text;
  for (size_t i = 0; i < fields.size(); ++i) text += (i == 0 ? "" : ",") + quoted(fields[i]);
  return text + "\r\n";
}

}  // namespace

std::vector<std::string> summary_columns() {
  std::vector<std::string> names;
  for (const Column& column : kColumns) names.emplace_back(column.name);
  return names;
}

std::string summary_csv(const std::vector<ResultCell>& cells) {
  std::string text = row(summary_columns());
  for (const ResultCell& cell : cells) {
    std::vector<std::string> fields;
    for (const Column& column : kColumns) fields.push_back(column.field(cell));
    text += row(fields);
  }
  return text;
}

}  // namespace nibble::offline
