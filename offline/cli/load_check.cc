// nibble load-check: loads, verifies and self-tests blobs, each in a process under a time limit.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/host/child_process.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

struct LoadCheckArguments {
  std::vector<std::string> blobs;
  double timeout_seconds = 120;
  SessionOptions session;  ///< its threads
};

/// In the child: {"identity", "load_ms"}, or {"error"}.
Json check(const std::string& blob, const SessionOptions& options) {
  try {
    const SessionSetup setup(options);
    const LoadedModel model(blob, setup.load_config());
    const HostGenerator generator(model, {.session = setup.config_for(model)});
    value_or_throw(generator->self_test(), model.name());
    return {{"identity", hex(model.model().identity())}, {"load_ms", 1000 * model.load_seconds()}};
  } catch (const std::exception& error) {
    return {{"error", error.what()}};
  }
}

Json outcome(const ChildResult& child, double limit_seconds) {
  if (child.timed_out) {
    return {{"status", "timeout"},
            {"error", "not done within " + Json(limit_seconds).dump() +
                          " seconds; give a larger --timeout, or a smaller blob"}};
  }
  if (!child.succeeded()) {
    return {{"status", "failed"}, {"error", "the process ended with " + child.ending()}};
  }
  Json found = Json::parse(child.output);
  Json json{{"status", found.contains("error") ? "failed" : "ok"}};
  json.update(found);
  return json;
}

/// Status 1 for a time-out, which wins; 3 for a blob that is refused.
ExitStatus check_one(const std::string& blob, const LoadCheckArguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  const auto task = [&] {
    return check(blob, arguments.session).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  const ChildResult child = run_in_copy(task, arguments.timeout_seconds);
  Json line{{"blob", blob}};
  line.update(outcome(child, arguments.timeout_seconds));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  line["seconds"] = elapsed.count();
  print_now(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  if (child.timed_out) return ExitStatus::BarMissed;
  return line.at("status") == "ok" ? ExitStatus::Ok : ExitStatus::BadInput;
}

ExitStatus run_load_check(const LoadCheckArguments& arguments) {
  ExitStatus worst = ExitStatus::Ok;
  for (const std::string& blob : arguments.blobs) {
    const ExitStatus status = check_one(blob, arguments);
    if (worst != ExitStatus::BarMissed && status != ExitStatus::Ok) worst = status;
  }
  return worst;
}

}  // namespace

void add_load_check_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<LoadCheckArguments>();
  CLI::App& command =
      *app.add_subcommand("load-check", "Load, verify and self-test blobs within a time limit");
  command.add_option("BLOB", arguments->blobs, "The blobs, one JSON line each")->required();
  command
      .add_option("--timeout", arguments->timeout_seconds,
                  "Seconds for each blob; exit with 1 when one takes longer")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  arguments->session.add_threads_to(command);
  command.callback([arguments, &status] { status = run_load_check(*arguments); });
}

}  // namespace nibble::offline
