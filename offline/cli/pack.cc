// nibble pack: a model folder becomes one blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/pack.h"

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/formats/registry.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

struct PackArguments {
  std::string source, output, method{kDefaultMethod};
  CalibrationOptions calibration;
  DistillationOptions distillation;
  SessionOptions session;  ///< its threads
  SchemeOptions schemes;
  std::string kv = "f16", storage = "zstd", budget = byte_count_text(kDefaultBudgetBytes);
  uint32_t context_tokens = 0;
  int level = 3;
  std::string self_test_prompt = PackOptions().self_test_prompt;
  bool json = false;
};

volatile std::sig_atomic_t interrupts = 0;

/// While a network is trained, the first interrupt ends the training, and the best state so far is
/// packed; the second one ends the process, which has written nothing by then.
void catch_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupts = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

DistillationOptions distillation_options(const PackArguments& arguments, Progress& progress) {
  DistillationOptions options = arguments.distillation;
  options.progress = [&](const DistillationProgress& now) {
    if (now.steps == 0) catch_interrupt();  // until then, an interrupt ends the process
    progress.show("distill", now.done,
                  ", divergence " + decimal(now.divergence, 5) + ", best " +
                      decimal(now.least_divergence, 5));
  };
  options.should_stop = [] { return interrupts != 0; };
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

double ratio(const BlobSummary& summary) {
  return summary.stored_bytes == 0 ? 1
                                   : static_cast<double>(summary.uncompressed_bytes) /
                                         static_cast<double>(summary.stored_bytes);
}

void print_table(const std::string& path, const PackedBlob& packed) {
  const BlobSummary& summary = packed.summary;
  TextTable table({{""}, {""}});
  table.add_row({"blob", path});
  table.add_row({"identity", packed.identity});
  table.add_row({"blob bytes", grouped(summary.blob_bytes)});
  table.add_row({"weights", grouped(summary.weights) + ", " + decimal(summary.bits_per_weight, 3) +
                                " bits each"});
  table.add_row({"uncompressed bytes", grouped(summary.uncompressed_bytes)});
  table.add_row(
      {"stored bytes", grouped(summary.stored_bytes) + ", ratio " + decimal(ratio(summary), 3)});
  if (const auto& distillation = packed.distillation) {
    table.add_row({"distilled", grouped(distillation->steps) + " steps, validation divergence " +
                                    decimal(distillation->start_divergence, 5) + " to " +
                                    decimal(distillation->divergence, 5)});
  }
  table.add_row({"memory bill", grouped(packed.plan.total()) + " bytes, context " +
                                    std::to_string(packed.plan.options.session.context_tokens)});
  print(table.text());
}

nlohmann::ordered_json distillation_json(const PackedBlob& packed) {
  if (!packed.distillation) return nullptr;
  return {{"steps", packed.distillation->steps},
          {"start_divergence", packed.distillation->start_divergence},
          {"divergence", packed.distillation->divergence}};
}

void print_document(const std::string& path, const PackedBlob& packed, const Budget& budget) {
  const BlobSummary& summary = packed.summary;
  print_json({{"blob", path},
              {"identity", packed.identity},
              {"blob_bytes", summary.blob_bytes},
              {"weights", summary.weights},
              {"bits_per_weight", summary.bits_per_weight},
              {"uncompressed_bytes", summary.uncompressed_bytes},
              {"stored_bytes", summary.stored_bytes},
              {"ratio", ratio(summary)},
              {"distillation", distillation_json(packed)},
              {"bill", memory_plan_json(packed.plan, budget)}});
}

void require_texts(const PackArguments& arguments) {
  const bool has_text = !arguments.calibration.texts.empty();
  if (calibration_method(arguments.method).needs_text == has_text) return;
  throw UsageError(has_text
                       ? "--calibration: --method " + arguments.method +
                             " looks at no text; leave it out or choose another method"
                       : "--method " + arguments.method +
                             ": give --calibration FILE, a text like what the model will read");
}

void run_pack(const PackArguments& arguments) {
  require_texts(arguments);
  Progress progress;
  const PackOptions options = pack_options(arguments, progress);
  const SourceModel model = read_model(arguments.source);
  require_positions("--context", arguments.context_tokens, arguments.source,
                    model.shape->max_position_embeddings);
  const PackedBlob packed = pack_model(model, options, arguments.output);
  arguments.json ? print_document(arguments.output, packed, options.budget_bytes)
                 : print_table(arguments.output, packed);
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

void add_calibration_options(CLI::App& command, PackArguments& arguments) {
  CalibrationOptions& calibration = arguments.calibration;
  command
      .add_option("--method", arguments.method,
                  "How weights become codes; all but rtn need --calibration")
      ->check(CLI::IsMember(calibration_method_names()))
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
      .add_option("--minutes", arguments.distillation.minutes,
                  "How long distill trains; Ctrl-C ends it sooner")
      ->check(CLI::Range(0.0, 100000.0))
      ->capture_default_str();
  command
      .add_option("--steps", arguments.distillation.steps,
                  "Steps that distill takes at most; 0: as many as the time allows")
      ->check(whole_number(0))
      ->capture_default_str();
  arguments.session.add_threads_to(command);
}

}  // namespace

void add_pack_command(CLI::App& app, ExitStatus&) {
  auto arguments = std::make_shared<PackArguments>();
  CLI::App& command = *app.add_subcommand("pack", "Make a blob of a Hugging Face model folder");
  command.add_option("SOURCE", arguments->source, "Folder with config.json, weights, tokenizer")
      ->required();
  command.add_option("-o,--output", arguments->output, "The blob to write")->required();
  add_scheme_options(command, arguments->schemes);
  add_calibration_options(command, *arguments);
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
  command.callback([arguments] { run_pack(*arguments); });
}

}  // namespace nibble::offline
