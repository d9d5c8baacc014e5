// nibble pack: a model folder becomes one blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/pack.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/interruption.h"
#include "offline/cli/option_values.h"
#include "offline/cli/pack_report.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/cli/tuned_pack.h"
#include "offline/formats/registry.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

struct PackArguments {
  std::string source, output, tool, method{kDefaultMethod};
  CalibrationOptions calibration;
  DistillationOptions distillation;
  std::optional<double> minutes;
  SessionOptions session;  ///< its threads
  SchemeOptions schemes;
  TuneOptions tune;
  std::string kv = "f16", storage = "zstd", budget = byte_count_text(kDefaultBudgetBytes);
  uint32_t context_tokens = 0;
  int level = 3;
  std::string self_test_prompt = PackOptions().self_test_prompt;
  bool json = false;
};

/// While a network is trained, the first interrupt ends the training, and the best state so far is
/// packed; the second one ends the process, which has written nothing by then.
DistillationOptions distillation_options(const PackArguments& arguments, Progress& progress) {
  DistillationOptions options = arguments.distillation;
  options.minutes = arguments.minutes.value_or(options.minutes);
  options.progress = [&](const DistillationProgress& now) {
    if (now.steps == 0) catch_interrupt();  // until then, an interrupt ends the process
    progress.show("distill", now.done,
                  ", divergence " + decimal(now.divergence, 5) + ", best " +
                      decimal(now.least_divergence, 5));
  };
  options.should_stop = is_interrupted;
  return options;
}

PackOptions pack_options(const PackArguments& arguments, Progress& progress) {
  const Schemes schemes = parse_schemes(arguments.schemes);
  PackOptions options;
  options.weights = schemes.weights;
  options.roles = schemes.roles;
  options.method = arguments.method;
  options.calibration = arguments.calibration;
  options.distillation = distillation_options(arguments, progress);
  options.calibration.threads = arguments.session.thread_count();
  options.sessions.kv = parse_kv_type(arguments.kv);
  options.sessions.context_tokens = arguments.context_tokens;
  options.storage = arguments.storage == "raw" ? format::Storage::Raw : format::Storage::Zstd;
  options.level = arguments.level;
  options.budget_bytes = parse_budget(arguments.budget);
  if (arguments.self_test_prompt.empty()) throw UsageError("--self-test-prompt '': give some text");
  options.self_test_prompt = arguments.self_test_prompt;
  options.progress = [&](const std::string& stage, double done) { progress.show(stage, done); };
  return options;
}

void require_texts(const PackArguments& arguments) {
  const bool has_text = !arguments.calibration.texts.empty();
  const bool needs_text = arguments.method == kAutoMethod ||
                          arguments.tune.is_used(arguments.method) ||
                          calibration_method(arguments.method).needs_text;
  if (needs_text == has_text) return;
  throw UsageError(has_text
                       ? "--calibration: --method " + arguments.method +
                             " looks at no text; leave it out or choose another method"
                       : "--method " + arguments.method +
                             ": give --calibration FILE, a text like what the model will read");
}

void require_place(const PackArguments& arguments) {
  if (!arguments.output.empty() || !arguments.tune.artifacts.empty()) return;
  throw UsageError("--output is required: give -o OUT.nbl, --artifacts DIR or both");
}

ExitStatus run_pack(const PackArguments& arguments) {
  require_place(arguments);
  arguments.tune.check(arguments.method);
  require_texts(arguments);
  Progress progress;
  const PackOptions options = pack_options(arguments, progress);
  const SourceModel model = read_model(arguments.source);
  require_positions("--context", arguments.context_tokens, arguments.source,
                    model.shape->max_position_embeddings);
  if (arguments.tune.is_used(arguments.method)) {
    const SessionSetup setup(arguments.session);
    return run_tuned_pack(
        model, options,
        {arguments.source, arguments.output, arguments.method, arguments.tune, setup.config(),
         arguments.minutes ? EndToEnd::Yes : EndToEnd::No, arguments.tool, arguments.json});
  }
  const PackedBlob packed = pack_model(model, options, arguments.output);
  arguments.json ? print_json(pack_json(arguments.output, packed, options.budget_bytes))
                 : print(pack_text(arguments.output, packed));
  return ExitStatus::Ok;
}

void add_scheme_options(CLI::App& command, SchemeOptions& schemes) {
  command
      .add_option("--weights", schemes.weights,
                  "How matrices are stored; mixed: int4 with int8 attention and embeddings")
      ->check(CLI::IsMember({"int4", "int8", "f16", "mixed"}))
      ->capture_default_str();
  command.add_option("--group", schemes.group, "Weights that share one scale")
      ->check(CLI::IsMember({32, 64, 128}))
      ->capture_default_str();
  command.add_flag("--asymmetric", schemes.asymmetric, "int4 with a zero point per group");
  command
      .add_option("--role", schemes.roles,
                  "NAME=TYPE, repeatable: attention, ffn, embedding, head, q, k, v, o, gate, up or "
                  "down = int4, int8 or f16, perhaps with a group: int4:32")
      ->allow_extra_args(false);
}

std::vector<std::string> method_names() {
  std::vector<std::string> names = calibration_method_names();
  names.emplace_back(kAutoMethod);
  return names;
}

void add_calibration_options(CLI::App& command, PackArguments& arguments) {
  CalibrationOptions& calibration = arguments.calibration;
  command
      .add_option("--method", arguments.method,
                  "How weights become codes; all but rtn need --calibration; auto: the first "
                  "that loses at most --max-loss")
      ->check(CLI::IsMember(method_names()))
      ->capture_default_str();
  command
      .add_option("--calibration", calibration.texts,
                  "Text file that methods measure inputs on; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--samples", calibration.samples, "Windows of the texts that are used, at most")
      ->check(whole_number(1, 1u << 20))
      ->capture_default_str();
  command
      .add_option("--sample-tokens", calibration.sample_tokens,
                  "Tokens in a window, at most the model's context")
      ->check(whole_number(2, kMaxBatchTokens))
      ->capture_default_str();
  command.add_option("--seed", calibration.seed, "Seed of the draw of windows")
      ->check(whole_number(0))
      ->capture_default_str();
  command
      .add_option("--correction", calibration.correction,
                  "How far gptq makes good what was lost before each matrix, 0 to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      .add_option("--minutes", arguments.minutes,
                  "How long distill trains, 30 if not given; Ctrl-C ends it sooner; lets auto end "
                  "with it")
      ->check(CLI::Range(0.0, 100000.0));
  command
      .add_option("--steps", arguments.distillation.steps,
                  "Steps that distill takes at most; 0: as many as the time allows")
      ->check(whole_number(0))
      ->capture_default_str();
  arguments.session.add_threads_to(command);
}

}  // namespace

void add_pack_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<PackArguments>();
  arguments->tool = app.version();
  CLI::App& command = *app.add_subcommand("pack", "Make a blob of a Hugging Face model folder");
  command.add_option("SOURCE", arguments->source, "Folder with config.json, weights, tokenizer")
      ->required();
  command.add_option("-o,--output", arguments->output, "The blob to write");
  add_scheme_options(command, arguments->schemes);
  add_calibration_options(command, *arguments);
  arguments->tune.add_to(command);
  command.add_option("--kv", arguments->kv, "Cache type that sessions use by default")
      ->check(CLI::IsMember(kv_type_names()))
      ->capture_default_str();
  command
      .add_option("--context", arguments->context_tokens,
                  "Default context in tokens; 0: the model's own")
      ->check(CLI::Range(0u, format::kMaxContextTokens));
  command
      .add_option("--storage", arguments->storage,
                  "zstd: compressed; raw: uncompressed, used in place")
      ->check(CLI::IsMember({"zstd", "raw"}))
      ->capture_default_str();
  command.add_option("--level", arguments->level, "zstd level")
      ->check(CLI::Range(1, 19))
      ->capture_default_str();
  command
      .add_option("--budget", arguments->budget, "Refuse a blob that needs more memory; none: any")
      ->capture_default_str();
  command
      .add_option("--self-test-prompt", arguments->self_test_prompt,
                  "What the blob's self-test continues")
      ->capture_default_str();
  command.add_flag("--json", arguments->json, "Print the summary as JSON");
  command.callback([arguments, &status] { status = run_pack(*arguments); });
}

}  // namespace nibble::offline
