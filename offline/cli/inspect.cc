// nibble inspect: what is in a blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/standard_output.h"
#include "offline/host/loaded_model.h"
#include "offline/report/blob_summary.h"
#include "offline/report/blob_text.h"

namespace nibble::offline {
namespace {

struct InspectArguments {
  std::string blob;
  bool json = false;
};

void run_inspect(const InspectArguments& arguments) {
  // Verified whole: figures of a damaged blob would mislead.
  const LoadedModel model(arguments.blob, {}, BlobAccess::Mapped);
  const format::ManifestView manifest = open_manifest(model.verified_bytes(), model.name());
  arguments.json ? print_json(blob_json(manifest)) : print(blob_text(manifest));
}

}  // namespace

void add_inspect_command(CLI::App& app, ExitStatus&) {
  auto arguments = std::make_shared<InspectArguments>();
  CLI::App& command = *app.add_subcommand("inspect", "Print a blob's header, tensors and program");
  command.add_option("BLOB", arguments->blob, "The blob")->required();
  command.add_flag("--json", arguments->json, "Print as JSON");
  command.callback([arguments] { run_inspect(*arguments); });
}

}  // namespace nibble::offline
