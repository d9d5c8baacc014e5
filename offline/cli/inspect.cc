// nibble inspect: what is in a blob, or in a model as its publisher ships it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/source_report.h"
#include "offline/cli/standard_output.h"
#include "offline/formats/registry.h"
#include "offline/host/loaded_model.h"
#include "offline/report/blob_summary.h"
#include "offline/report/blob_text.h"

namespace nibble::offline {
namespace {

struct InspectArguments {
  std::string path;
  bool json = false;
};

void inspect_source(const InspectArguments& arguments) {
  const SourceModel model = read_model(arguments.path);
  arguments.json ? print_json(source_json(model)) : print(source_text(model));
}

void inspect_blob(const InspectArguments& arguments) {
  // Verified whole: figures of a damaged blob would mislead.
  const LoadedModel model(arguments.path, {}, BlobAccess::Mapped);
  const format::ManifestView manifest = open_manifest(model.verified_bytes(), model.name());
  arguments.json ? print_json(blob_json(manifest)) : print(blob_text(manifest));
}

}  // namespace

void add_inspect_command(CLI::App& app, ExitStatus&) {
  auto arguments = std::make_shared<InspectArguments>();
  CLI::App& command = *app.add_subcommand("inspect", "Print what is in a blob or in a model");
  command.add_option("PATH", arguments->path, "A blob, or any model that pack takes")->required();
  command.add_flag("--json", arguments->json, "Print as JSON");
  command.callback([arguments] {
    is_blob(arguments->path) ? inspect_blob(*arguments) : inspect_source(*arguments);
  });
}

}  // namespace nibble::offline
