// nibble tune: packs variants, measures a matrix of them, and writes the evidence.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/interruption.h"
#include "offline/cli/pack_variants.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_error.h"
#include "offline/cli/standard_output.h"
#include "offline/cli/tune_arguments.h"
#include "offline/cli/tune_estimate.h"
#include "offline/cli/tune_sources.h"
#include "offline/cli/tune_summary.h"
#include "offline/files/input_error.h"
#include "offline/files/output_file.h"
#include "offline/files/utc_time.h"
#include "offline/measure/matrix_run.h"
#include "offline/results/cell_json.h"
#include "offline/results/result_file.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

/// What fixed prompts are continued with says more than a figure.
const std::vector<std::string> kSamplePrompts = {"Once upon a time", "The Linux kernel is",
                                                 "The answer to the question is"};

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error))
    throw OutputError(folder, "cannot make the folder; give another one");
}

/// A file that cells cannot be added to is told of before hours of measuring.
void require_result_files(const fs::path& folder, const std::vector<TuneBlob>& blobs) {
  const std::string now = iso_time(std::chrono::system_clock::now());
  for (const TuneBlob& blob : blobs) {
    const fs::path file = folder / result_file_name(blob.variant, now);
    if (fs::exists(file)) read_result_file(file);
  }
}

/// Says what each alias stands for, and refuses what is no variant.
std::vector<std::string> resolved_variants(const std::vector<std::string>& names) {
  std::vector<std::string> variants;
  for (const std::string& name : names) {
    const PackVariant& variant = find_variant(name);
    if (variant.name != name)
      tell(name + " stands for " + variant.name + ": " + variant.options_text());
    const bool is_new = std::ranges::find(variants, variant.name) == variants.end();
    if (is_new) variants.push_back(variant.name);
  }
  return variants;
}

EvaluationPlan evaluation_plan(const TuneArguments& arguments, const SessionSetup& setup,
                               Progress& progress) {
  EvaluationPlan plan;
  plan.text = arguments.text;
  plan.reference = arguments.against;
  plan.max_windows = arguments.max_windows;
  if (!arguments.obedience.empty()) plan.rules = read_reply_rules(arguments.obedience);
  plan.prompts = kSamplePrompts;
  plan.batch_sizes = arguments.batch_sizes;
  plan.session = setup.config();
  plan.progress = [&](const std::string& stage, double done) { progress.show(stage, done); };
  return plan;
}

/// A blob that cannot be read is told of and left out.
std::vector<MatrixBlob> evaluated_blobs(const std::vector<TuneBlob>& blobs,
                                        const EvaluationPlan& plan) {
  std::vector<MatrixBlob> evaluated;
  for (const TuneBlob& blob : blobs) {
    try {
      evaluated.push_back({blob.variant, blob.path, evaluate_blob(blob.path, plan)});
    } catch (const InputError& error) {
      tell(std::string(error.what()) + "; variant " + blob.variant + " is left out");
    }
  }
  return evaluated;
}

/// Measured figures are never lost: where the file cannot be written, they are printed.
void keep(const ResultCell& cell, const fs::path& folder) {
  try {
    append_result(folder, cell);
  } catch (const std::runtime_error&) {
    print_now(cell_json(cell).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
              "\n");
    tell("the cell above was measured but could not be added to its result file");
    throw;
  }
}

MatrixPlan matrix_plan(const TuneArguments& arguments, std::vector<MatrixBlob> blobs,
                       Progress& progress, std::vector<ResultCell>& cells) {
  MatrixPlan plan;
  plan.blobs = std::move(blobs);
  plan.batch_sizes = arguments.batch_sizes;
  plan.threads = arguments.threads;
  plan.requests = arguments.requests;
  plan.rounds = arguments.rounds;
  plan.limit_seconds = arguments.timeout_seconds;
  plan.tool_version = arguments.tool;
  plan.progress = [&](double done) { progress.show("cells", done); };
  plan.should_stop = is_interrupted;
  plan.tell = tell;
  plan.take = [&](const ResultCell& cell) {
    keep(cell, arguments.results_dir);
    cells.push_back(cell);
  };
  return plan;
}

ExitStatus measure(const TuneArguments& arguments, std::vector<TuneBlob> blobs) {
  Progress progress;
  const SessionSetup setup(SessionOptions{});  // threads change no bit of what takes no clock
  const EvaluationPlan evaluation = evaluation_plan(arguments, setup, progress);
  make_folder(arguments.results_dir);
  make_folder(arguments.blob_folder());
  require_result_files(arguments.results_dir, blobs);
  const size_t wanted = blobs.size();
  pack_blobs(blobs, evaluation.progress);
  std::vector<ResultCell> cells;
  const MatrixPlan plan =
      matrix_plan(arguments, evaluated_blobs(blobs, evaluation), progress, cells);
  catch_interrupt();  // until now, an interrupt ends the process
  const bool is_whole = run_matrix(plan) && plan.blobs.size() == wanted;
  const auto place = [&](const ResultCell& cell) {
    return std::ranges::find(plan.blobs, cell.variant, &MatrixBlob::variant);
  };
  std::ranges::sort(cells, {}, place);  // the last round may have been backwards
  if (!cells.empty()) write_snippet(arguments, cells);
  if (is_interrupted()) return ExitStatus::Interrupted;
  return is_whole ? ExitStatus::Ok : ExitStatus::BadInput;
}

ExitStatus run_tune(TuneArguments& arguments, CLI::App& command) {
  if (!arguments.collect.empty()) {
    collect_results(arguments);
    return ExitStatus::Ok;
  }
  arguments.read_environment(command);
  if (arguments.sources.empty())
    throw UsageError("tune: give a SOURCE to measure, or --collect DIR");
  if (arguments.text.empty() && !arguments.against.empty())
    throw UsageError("tune: --against compares over a text; give --text FILE");
  arguments.variants = resolved_variants(arguments.variants);
  const std::vector<TuneBlob> blobs =
      find_blobs(arguments.sources, arguments.variants, arguments.blob_folder());
  if (blobs.empty()) {
    tell("there is nothing to measure");
    return ExitStatus::Ok;
  }
  if (!arguments.dry_run) return measure(arguments, blobs);
  print(tune_estimate(arguments, blobs));
  return ExitStatus::Ok;
}

}  // namespace

void add_tune_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<TuneArguments>();
  arguments->tool = app.version();
  CLI::App& command = *app.add_subcommand("tune", "Measure a matrix of variants and recommend one");
  arguments->add_to(command);
  command
      .add_flag_callback(
          "--list-variants",
          [] {
            print(variant_list());
            throw CLI::Success();
          },
          "Print the variants and their aliases, and nothing else")
      ->trigger_on_parse();
  command.callback([arguments, &command, &status] { status = run_tune(*arguments, command); });
}

}  // namespace nibble::offline
