// Makes cells by a rule.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/offline/publish/some_group.h"

namespace nibble::test {

offline::ResultCell some_cell(const std::string& model, const std::string& variant,
                              uint32_t batch_size) {
  const uint64_t divisor = variant == "f16" ? 1 : variant == "int8" ? 2 : 4;
  offline::ResultCell cell;
  cell.variant = variant;
  cell.model = model;
  cell.timestamp = "2026-11-22T03:20:00Z";
  cell.tool_version = "nibble 1.2.3";
  cell.batch_size = batch_size;
  cell.runs = 1;
  cell.host = {"A CPU", "Linux 6.1 x86_64", 4, 8'000'000'000};
  cell.blob = {"m-" + variant + ".nbl", std::string(64, 'a'), 8'000'000 / divisor,
               16.0 / static_cast<double>(divisor)};
  cell.prompt_tokens = 32;
  cell.new_tokens = 16;
  cell.latency_ms = {10.0 / static_cast<double>(divisor), 12.0 / static_cast<double>(divisor)};
  cell.latency_samples_ms = {cell.latency_ms.p50};
  cell.time_to_first_token_ms = {1.5, 2.5};
  cell.prefill_tokens_per_second = 1000;
  cell.decode_tokens_per_second = 100.0 * static_cast<double>(divisor) * batch_size;
  cell.load_time_ms = 7.5;
  cell.bill = {6'000'000 / divisor, 1'000'000 / divisor, 1'000'000 / divisor, 8'000'000 / divisor};
  cell.peak_rss_bytes = 1'000'000;
  cell.quality = {10.0 + static_cast<double>(divisor), 5000, 11.0, 0.01};
  cell.sample_outputs = {{"Once upon", " a time there was a driver."}};
  return cell;
}

offline::CellGroup some_group() {
  offline::CellGroup group{"m on A CPU", {}};
  for (const char* variant : {"f16", "int8", "int4"}) {
    for (const uint32_t batch_size : {1, 4}) {
      group.cells.push_back(some_cell("m", variant, batch_size));
    }
  }
  return group;
}

}  // namespace nibble::test
