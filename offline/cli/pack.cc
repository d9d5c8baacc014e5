// nibble pack: a model becomes one blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/pack.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/architectures/registry.h"
#include "offline/cli/command.h"
#include "offline/cli/method_options.h"
#include "offline/cli/option_values.h"
#include "offline/cli/pack_report.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/cli/tuned_pack.h"
#include "offline/formats/chat_templates.h"
#include "offline/formats/registry.h"

namespace nibble::offline {
namespace {

struct PackArguments {
  std::string source, output, tool;
  MethodOptions method;
  SessionOptions session;  ///< its threads
  SchemeOptions schemes;
  TuneOptions tune;
  std::string kv = "f16", storage = "zstd", budget = byte_count_text(kDefaultBudgetBytes);
  uint32_t context_tokens = 0;
  int level = 3;
  std::string chat_template = "auto";
  std::string self_test_prompt = PackOptions().self_test_prompt;
  bool json = false;
};

std::vector<std::string> chat_templates() {
  std::vector<std::string> names = chat_template_names();
  names.insert(names.begin(), {"auto", "none"});
  return names;
}

PackOptions pack_options(const PackArguments& arguments, Progress& progress) {
  const Schemes schemes = parse_schemes(arguments.schemes);
  PackOptions options;
  options.weights = schemes.weights;
  options.roles = schemes.roles;
  options.method = arguments.method.name;
  options.calibration = arguments.method.calibration;
  options.distillation = arguments.method.training(progress);
  options.calibration.threads = arguments.session.thread_count();
  options.sessions.kv = parse_kv_type(arguments.kv);
  options.sessions.context_tokens = arguments.context_tokens;
  options.storage = arguments.storage == "raw" ? format::Storage::Raw : format::Storage::Zstd;
  options.level = arguments.level;
  options.chat_template = arguments.chat_template;
  options.budget_bytes = parse_budget(arguments.budget);
  if (arguments.self_test_prompt.empty()) throw UsageError("--self-test-prompt '': give some text");
  options.self_test_prompt = arguments.self_test_prompt;
  options.progress = [&](const std::string& stage, double done) { progress.show(stage, done); };
  return options;
}

/// A GPTQ checkpoint has the configuration of the folder that it was made of.
void require_folder_for_artifacts(const PackArguments& arguments) {
  if (arguments.tune.artifacts.empty() || std::filesystem::is_directory(arguments.source)) return;
  throw UsageError("--artifacts: " + arguments.source +
                   " is a file; artifacts are made of Hugging Face folders");
}

void require_place(const PackArguments& arguments) {
  if (!arguments.output.empty() || !arguments.tune.artifacts.empty()) return;
  throw UsageError("--output is required: give -o OUT.nbl, --artifacts DIR or both");
}

ExitStatus run_pack(const PackArguments& arguments) {
  require_place(arguments);
  arguments.tune.check(arguments.method.name);
  arguments.method.require_texts(arguments.tune.is_used(arguments.method.name));
  require_folder_for_artifacts(arguments);
  Progress progress;
  PackOptions options = pack_options(arguments, progress);
  const SourceModel model = read_model(arguments.source);
  if (parse_schemes(arguments.schemes).keeps_stored) options.stored = stored_schemes(model);
  require_positions("--context", arguments.context_tokens, arguments.source,
                    model.shape->max_position_embeddings);
  if (arguments.tune.is_used(arguments.method.name)) {
    const SessionSetup setup(arguments.session);
    return run_tuned_pack(
        model, options,
        {arguments.source, arguments.output, arguments.method.name, arguments.tune, setup.config(),
         arguments.method.minutes ? EndToEnd::Yes : EndToEnd::No, arguments.tool, arguments.json});
  }
  const PackedBlob packed = pack_model(model, options, arguments.output);
  arguments.json ? print_json(pack_json(arguments.output, packed, options.budget_bytes))
                 : print(pack_text(arguments.output, packed));
  return ExitStatus::Ok;
}

void add_scheme_options(CLI::App& command, SchemeOptions& schemes) {
  command
      .add_option("--weights", schemes.weights,
                  "How matrices are stored; auto: as a quantized source has them, else int4; "
                  "mixed: int4 with int8 attention and embeddings")
      ->check(CLI::IsMember({"auto", "int4", "int8", "f16", "mixed"}))
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

}  // namespace

void add_pack_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<PackArguments>();
  arguments->tool = app.version();
  CLI::App& command = *app.add_subcommand("pack", "Make a blob of a model: a folder or a file");
  command
      .add_option("SOURCE", arguments->source,
                  "Hugging Face folder, GGUF file, or llama2.c checkpoint")
      ->required();
  command.add_option("-o,--output", arguments->output, "The blob to write");
  add_scheme_options(command, arguments->schemes);
  arguments->method.add_to(command);
  arguments->session.add_threads_to(command);
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
  command
      .add_option("--chat-template", arguments->chat_template,
                  "Instead of the one that the source's is recognized as")
      ->check(CLI::IsMember(chat_templates()))
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
  command
      .add_flag_callback(
          "--list-architectures",
          [] {
            print(architecture_list());
            throw CLI::Success();
          },
          "Print the architectures that can be packed, and nothing else")
      ->trigger_on_parse();
  command.callback([arguments, &status] { status = run_pack(*arguments); });
}

}  // namespace nibble::offline
