// Adds options by what they are about.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/tune_arguments.h"

#include <cstdlib>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "runtime/format/blob.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kMaxBatchSize = 256;

struct EnvironmentDefault {
  const char* variable;
  const char* option;
};

constexpr EnvironmentDefault kEnvironment[] = {{"VARIANTS", "--variants"},
                                               {"BATCH_SIZES", "--batch-sizes"},
                                               {"WARMUPS", "--warmups"},
                                               {"RUNS", "--runs"}};

void add_matrix_options(CLI::App& command, TuneArguments& arguments) {
  command
      .add_option("--variants", arguments.variants,
                  "Names of --list-variants, such as int8,int4-g32; else VARIANTS in the "
                  "environment")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  command
      .add_option("--batch-sizes", arguments.batch_sizes,
                  "Requests at the same time, such as 1,4,8; else BATCH_SIZES")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(whole_number(1, kMaxBatchSize))
      ->capture_default_str();
  command.add_option("--threads", arguments.threads, "Numbers of threads, such as 1,2")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(whole_number(1, kMaxLoadWorkers))
      ->capture_default_str();
}

void add_run_options(CLI::App& command, TuneArguments& arguments) {
  command
      .add_option("--warmups", arguments.requests.warmups,
                  "Runs of each process before those that count; else WARMUPS")
      ->check(whole_number(0, kMaxRuns))
      ->capture_default_str();
  command.add_option("--runs", arguments.requests.runs, "Runs of a cell that count; else RUNS")
      ->check(whole_number(1, kMaxRuns))
      ->capture_default_str();
  command
      .add_option("--rounds", arguments.rounds,
                  "Rounds over the variants that the runs are divided over, forth and back")
      ->check(whole_number(1, kMaxRuns))
      ->capture_default_str();
  command.add_option("--prompt-tokens", arguments.requests.prompt_tokens, "Of each request")
      ->check(whole_number(1, format::kMaxContextTokens))
      ->capture_default_str();
  command.add_option("--new-tokens", arguments.requests.new_tokens, "That each request generates")
      ->check(whole_number(2, format::kMaxContextTokens))
      ->capture_default_str();
  command
      .add_option("--timeout", arguments.timeout_seconds,
                  "Seconds for each process of a cell, which is left out when it takes longer")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
}

void add_quality_options(CLI::App& command, TuneArguments& arguments) {
  command.add_option("--text", arguments.text, "Text file to measure perplexity on");
  command.add_option("--against", arguments.against, "Reference blob for KL divergence on --text");
  command
      .add_option("--windows", arguments.max_windows,
                  "Windows of --text that are scored at most; 0: all")
      ->check(CLI::Range(0u, ~0u))
      ->capture_default_str();
  command.add_option(
      "--obedience", arguments.obedience,
      "JSON lines of prompts with checks: contains, regex, one_of, json, max_tokens");
}

void add_decision_options(CLI::App& command, TuneArguments& arguments) {
  command.add_option("--base", arguments.base,
                     "Variant to keep unless another is better; default: f16, else the first");
  command
      .add_option("--max-loss", arguments.rule.max_loss_percent,
                  "Percent that a variant's perplexity may be above the base's")
      ->transform(percent())
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
}

void add_place_options(CLI::App& command, TuneArguments& arguments) {
  command.add_option("--results-dir", arguments.results_dir, "Folder of the result files")
      ->capture_default_str();
  command.add_option("--blob-dir", arguments.blob_dir,
                     "Folder of packed blobs and their SHA256SUMS; default: that of the results");
  command.add_flag("--dry-run", arguments.dry_run,
                   "Print the matrix and an estimate, and do nothing");
  command.add_option("--collect", arguments.collect,
                     "Summarize the result files of a folder, and measure nothing");
  command
      .add_option("--output-csv", arguments.output_csv,
                  "Table that --collect writes, with a page (.md) and plots (.svg) beside it")
      ->capture_default_str();
}

}  // namespace

void TuneArguments::add_to(CLI::App& command) {
  command.add_option("SOURCE", sources, "Models that pack takes, and blobs");
  add_matrix_options(command, *this);
  add_run_options(command, *this);
  add_quality_options(command, *this);
  add_decision_options(command, *this);
  add_place_options(command, *this);
}

void TuneArguments::read_environment(CLI::App& command) const {
  for (const EnvironmentDefault& entry : kEnvironment) {
    const char* const value = std::getenv(entry.variable);
    CLI::Option& option = *command.get_option(entry.option);
    if (value == nullptr || *value == '\0' || option.count() > 0) continue;
    try {
      option.add_result(std::string(value));
      option.run_callback();
    } catch (const CLI::Error& error) {
      throw UsageError(std::string(entry.variable) + "='" + value +
                       "' in the environment: " + error.what());
    }
  }
}

}  // namespace nibble::offline
