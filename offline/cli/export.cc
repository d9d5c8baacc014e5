// nibble export: a blob or a source becomes a GGUF file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/standard_output.h"
#include "offline/export/gguf_export.h"
#include "offline/formats/registry.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

struct ExportArguments {
  std::string source, output, tool;
  ExportType type = ExportType::Auto;
  bool json = false;
};

const std::map<std::string, ExportType> kTypes = {
    {"auto", ExportType::Auto}, {"f32", ExportType::F32},   {"f16", ExportType::F16},
    {"q8_0", ExportType::Q8_0}, {"q4_0", ExportType::Q4_0}, {"q4_1", ExportType::Q4_1}};

GgufSummary export_any(const ExportArguments& arguments) {
  if (is_blob(arguments.source)) {
    const auto blob =
        std::make_shared<const LoadedModel>(arguments.source, LoadConfig{}, BlobAccess::Mapped);
    return export_gguf(export_source(blob), arguments.type, arguments.tool, arguments.output);
  }
  const SourceModel model = read_model(arguments.source);
  return export_gguf(export_source(model), arguments.type, arguments.tool, arguments.output);
}

std::string export_text(const std::string& path, const GgufSummary& summary) {
  TextTable table({{""}, {""}});
  table.add_row({"file", path});
  table.add_row({"file bytes", grouped(summary.file_bytes)});
  table.add_row({"tensors", std::to_string(summary.tensors)});
  for (const auto& [type, count] : summary.matrices) {
    table.add_row({type, std::to_string(count) + " matrices"});
  }
  table.add_row({"rounded", summary.rounded == 0 ? "none: the file holds the same values"
                                                 : std::to_string(summary.rounded) + " matrices"});
  for (const std::string& note : summary.notes) table.add_row({"note", note});
  return table.text();
}

nlohmann::ordered_json export_json(const std::string& path, const GgufSummary& summary) {
  return {{"file", path},
          {"file_bytes", summary.file_bytes},
          {"tensors", summary.tensors},
          {"matrices", summary.matrices},
          {"rounded", summary.rounded},
          {"notes", summary.notes}};
}

void run_export(const ExportArguments& arguments) {
  const GgufSummary summary = export_any(arguments);
  arguments.json ? print_json(export_json(arguments.output, summary))
                 : print(export_text(arguments.output, summary));
}

}  // namespace

void add_export_command(CLI::App& app, ExitStatus&) {
  auto arguments = std::make_shared<ExportArguments>();
  arguments->tool = app.version();
  CLI::App& command = *app.add_subcommand("export", "Make a GGUF file, which llama.cpp runs");
  command.add_option("SOURCE", arguments->source, "A blob, or any model that pack takes")
      ->required();
  command.add_option("-o,--output", arguments->output, "The file to write")->required();
  command
      .add_option_function<std::string>(
          "--type", [arguments](const std::string& name) { arguments->type = kTypes.at(name); },
          "What matrices are stored as; auto: the smallest type that keeps every value")
      ->check(CLI::IsMember({"auto", "f32", "f16", "q8_0", "q4_0", "q4_1"}))
      ->default_str("auto");
  command.add_flag("--json", arguments->json, "Print the summary as JSON");
  command.callback([arguments] { run_export(*arguments); });
}

}  // namespace nibble::offline
