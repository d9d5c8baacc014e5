// nibble bench: prefill and decode speed of blobs, for each number of threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "offline/cli/run_report.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/evaluate/speed.h"
#include "offline/host/loaded_model.h"
#include "offline/report/blob_summary.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

struct BenchArguments {
  std::vector<std::string> blobs;
  std::vector<uint32_t> threads = {1};
  std::vector<uint32_t> sessions = {1};
  SessionOptions session;
  SpeedOptions speed;
  bool batched = false;
  bool json = false;
};

/// One blob with one number of threads and of sessions.
struct BenchRun {
  std::string blob;
  uint32_t sessions;
  RunFigures figures;
  Speed speed;
};

BenchRun measure(const BenchArguments& arguments, const std::string& blob, uint32_t threads,
                 uint32_t sessions) {
  SessionOptions options = arguments.session;
  options.threads = threads;
  const SessionSetup setup(options);
  const LoadedModel model(blob, setup.load_config());
  BatchConfig config{.session = setup.config_for(model), .sessions = sessions};
  config.session.batch_tokens = std::max(config.session.batch_tokens, sessions);
  const HostBatch batch(model, config);
  Speed speed = measure_speed(*batch, arguments.speed, model.name());
  return {model.name(), sessions, run_figures(model, batch->session(0), threads), std::move(speed)};
}

nlohmann::ordered_json rate_json(const std::vector<double>& samples) {
  return {{"median", sample_quantile(samples, 0.5)},
          {"p5", sample_quantile(samples, 0.05)},
          {"p95", sample_quantile(samples, 0.95)},
          {"samples", samples}};
}

std::vector<double> divided(std::vector<double> samples, uint32_t by) {
  for (double& sample : samples) sample /= by;
  return samples;
}

nlohmann::ordered_json bench_json(const BenchArguments& arguments,
                                  const std::vector<BenchRun>& runs) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const BenchRun& run : runs) {
    list.push_back(
        {{"blob", run.blob},
         {"kernels", run.figures.kernels},
         {"threads", run.figures.threads},
         {"sessions", run.sessions},
         {"prefill_tokens_per_second", rate_json(run.speed.prefill)},
         {"decode_tokens_per_second", rate_json(run.speed.decode)},
         {"session_decode_tokens_per_second", rate_json(divided(run.speed.decode, run.sessions))},
         {"load_seconds", run.figures.load_seconds},
         {"first_token_seconds", run.speed.first_token_seconds},
         {"peak_resident_bytes", run.figures.peak_resident_bytes},
         {"logits_sha256", hex(Bytes(run.speed.logits_sha256))}});
  }
  return {{"prefill_tokens", arguments.speed.prefill_tokens},
          {"decode_tokens", arguments.speed.decode_tokens},
          {"depth_tokens", arguments.speed.depth_tokens},
          {"batch_tokens", arguments.session.batch_tokens},
          {"repeats", arguments.speed.repeats},
          {"runs", list}};
}

std::string rate_text(const std::vector<double>& samples) {
  return decimal(sample_quantile(samples, 0.5), 1) + " (" +
         decimal(sample_quantile(samples, 0.05), 1) + "-" +
         decimal(sample_quantile(samples, 0.95), 1) + ")";
}

std::string bench_text(const BenchArguments& arguments, const std::vector<BenchRun>& runs) {
  const std::string prefill = "prefill " + std::to_string(arguments.speed.prefill_tokens);
  const std::string decode = "decode " + std::to_string(arguments.speed.decode_tokens);
  TextTable table({{"blob"},
                   {"kernels"},
                   {"threads", Align::Right},
                   {"sessions", Align::Right},
                   {prefill + " tokens/s", Align::Right},
                   {decode + " tokens/s", Align::Right},
                   {"per session", Align::Right},
                   {"load ms", Align::Right},
                   {"first token ms", Align::Right},
                   {"peak bytes", Align::Right},
                   {"logits sha256"}});
  for (const BenchRun& run : runs) {
    table.add_row(
        {run.blob, run.figures.kernels, std::to_string(run.figures.threads),
         std::to_string(run.sessions), rate_text(run.speed.prefill), rate_text(run.speed.decode),
         decimal(sample_quantile(run.speed.decode, 0.5) / run.sessions, 1),
         decimal(run.figures.load_seconds * 1000, 1),
         decimal(run.speed.first_token_seconds * 1000, 1), grouped(run.figures.peak_resident_bytes),
         hex(Bytes(run.speed.logits_sha256)).substr(0, 16)});
  }
  return table.text() + "rates: median (5th to 95th percentile) of " +
         std::to_string(arguments.speed.repeats) + "\n";
}

ExitStatus run_bench(const BenchArguments& arguments) {
  const bool has_several = arguments.sessions != std::vector<uint32_t>{1};
  if (has_several && !arguments.batched)
    throw UsageError("--sessions: sessions are measured together; give --batched as well");
  std::vector<BenchRun> runs;
  for (const std::string& blob : arguments.blobs)
    for (const uint32_t threads : arguments.threads)
      for (const uint32_t sessions : arguments.sessions)
        runs.push_back(measure(arguments, blob, threads, sessions));
  if (arguments.json)
    print_json(bench_json(arguments, runs));
  else
    print(bench_text(arguments, runs));
  return ExitStatus::Ok;
}

void add_length_options(CLI::App& command, SpeedOptions& speed) {
  command.add_option("--prefill", speed.prefill_tokens, "Tokens of the prompt")
      ->check(whole_number(1, format::kMaxContextTokens))
      ->capture_default_str();
  command.add_option("--decode", speed.decode_tokens, "Tokens computed one by one")
      ->check(whole_number(1, format::kMaxContextTokens))
      ->capture_default_str();
  command.add_option("--depth", speed.depth_tokens, "Positions in the cache before them")
      ->check(whole_number(0, format::kMaxContextTokens))
      ->capture_default_str();
}

}  // namespace

void add_bench_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<BenchArguments>();
  arguments->session.batch_tokens = arguments->speed.prefill_tokens;
  CLI::App& command = *app.add_subcommand("bench", "Measure prefill and decode speed");
  command.add_option("BLOB", arguments->blobs, "Blobs, measured one after the other")->required();
  arguments->session.add_to(command);
  command.remove_option(command.get_option("--threads"));
  command.add_option("--threads", arguments->threads, "Numbers of threads, such as 1,2,4")
      ->delimiter(',')
      ->check(whole_number(1, kMaxLoadWorkers))
      ->capture_default_str();
  command
      .add_option("--sessions", arguments->sessions,
                  "Numbers of sessions, such as 1,4,8; needs --batched")
      ->delimiter(',')
      ->check(whole_number(1, kMaxBatchTokens))
      ->capture_default_str();
  command.add_flag("--batched", arguments->batched,
                   "Decode the sessions together; rates are those of all of them");
  add_length_options(command, arguments->speed);
  command.add_option("--warmups", arguments->speed.warmups, "Runs before those that count")
      ->check(whole_number(0, kMaxRuns))
      ->capture_default_str();
  command.add_option("--repeats", arguments->speed.repeats, "Runs that count")
      ->check(whole_number(1, kMaxRuns))
      ->capture_default_str();
  command.add_flag("--json", arguments->json, "Print every sample as JSON");
  command.callback([arguments, &status] { status = run_bench(*arguments); });
}

}  // namespace nibble::offline
