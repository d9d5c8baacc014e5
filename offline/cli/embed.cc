// nibble embed: a blob becomes a relocatable object.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/standard_output.h"
#include "offline/elf/object_writer.h"
#include "offline/host/loaded_model.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

struct EmbedArguments {
  std::string blob, target, output;
  ObjectNames names;
  bool json = false;
};

bool is_identifier(const std::string& text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && std::ranges::all_of(text, is_word);
}

bool is_section_name(const std::string& text) {
  return text.size() > 1 && text[0] == '.' &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

void require_valid_names(const ObjectNames& names) {
  if (!is_identifier(names.prefix)) {
    throw UsageError("--prefix '" + names.prefix +
                     "': give a C identifier: letters, digits and _, and no digit first");
  }
  if (!is_section_name(names.section)) {
    throw UsageError("--section '" + names.section +
                     "': give a section name: a dot and visible ASCII, such as .rodata.model");
  }
}

void run_embed(const EmbedArguments& arguments) {
  require_valid_names(arguments.names);
  // Verified whole: an image must not carry what its target refuses.
  const LoadedModel model(arguments.blob, {}, BlobAccess::Mapped);
  const Bytes blob = model.verified_bytes();
  OutputFile output(arguments.output);
  write_object(std::as_bytes(std::span(blob.data(), blob.size())),
               *find_object_target(arguments.target), arguments.names, output);
  output.commit();
  const std::string prefix = arguments.names.prefix;
  if (arguments.json) {
    print_json({{"object", arguments.output},
                {"target", arguments.target},
                {"section", arguments.names.section},
                {"symbols", {prefix + "_start", prefix + "_end", prefix + "_size"}},
                {"blob_bytes", blob.size()}});
  } else {
    print(arguments.output + ": " + grouped(blob.size()) + " bytes as " + prefix + "_start in " +
          arguments.names.section + " for " + arguments.target + "\n");
  }
}

}  // namespace

void add_embed_command(CLI::App& app, ExitStatus&) {
  auto arguments = std::make_shared<EmbedArguments>();
  std::vector<std::string> targets;
  for (const ObjectTarget& target : object_targets()) targets.push_back(target.name);
  CLI::App& command = *app.add_subcommand("embed", "Make a linkable object of a blob");
  command.add_option("BLOB", arguments->blob, "The blob")->required();
  command
      .add_option("--target", arguments->target,
                  "Machine and ABI; riscv64-linux: kernel and modules")
      ->required()
      ->check(CLI::IsMember(targets));
  command.add_option("-o,--output", arguments->output, "The object to write")->required();
  command
      .add_option("--prefix", arguments->names.prefix,
                  "Prefix of the symbols _start, _end and _size")
      ->capture_default_str();
  command
      .add_option("--section", arguments->names.section, "Read-only section that holds the blob")
      ->capture_default_str();
  command.add_flag("--json", arguments->json, "Print what was written as JSON");
  command.callback([arguments] { run_embed(*arguments); });
}

}  // namespace nibble::offline
