// Values that are told apart, and texts that every format has to quote.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/offline/results/sample_cell.h"

namespace nibble::test {

offline::ResultCell sample_cell() {
  offline::ResultCell cell;
  cell.variant = "int4";
  cell.model = "a \"model\", with\na newline and ü";
  cell.timestamp = "2026-11-22T03:20:00Z";
  cell.tool_version = "nibble 1.2.3";
  cell.batch_size = 2;
  cell.threads = 3;
  cell.warmups = 0;
  cell.runs = 2;
  cell.host = {"A CPU", "Linux 6.1 x86_64", 4, 8'000'000'000};
  cell.blob = {"m-int4.20261122_032000.nbl", std::string(64, 'a'), 1'000'000, 4.125};
  cell.prompt_tokens = 32;
  cell.new_tokens = 16;
  cell.latency_ms = {10.5, 12.25};
  cell.latency_samples_ms = {10, 11, 10.5, 12.5};
  cell.time_to_first_token_ms = {1.5, 2.5};
  cell.prefill_tokens_per_second = 1000;
  cell.decode_tokens_per_second = 200;
  cell.load_time_ms = 7.5;
  cell.peak_rss_bytes = 9'000'000;
  cell.bill = {4'000'000, 1'000'000, 500'000, 5'500'000};
  cell.other_load_cpus = 0.25;
  cell.obedience = {9, 10, 0.6, 0.98, {{"Say \"yes\"", "contains \"yes\"", "no"}}};
  cell.quality = {12.5, 4096, 12.25, 0.01};
  cell.sample_outputs = {{"Once", " upon a time"}};
  return cell;
}

}  // namespace nibble::test
