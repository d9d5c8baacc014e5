// nibble manual: what --help says of every command, as man pages and as tables in Markdown.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <filesystem>
#include <memory>

#include "offline/cli/command.h"
#include "offline/cli/standard_output.h"
#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

/// The commands that users see, in the order of --help.
std::vector<const CLI::App*> visible_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

/// One option in words, from what CLI11 knows of it.
struct OptionText {
  std::string name;      ///< "-o,--output", or "BLOB" of an argument without a name
  std::string accepts;   ///< "int4, int8, f16", "1 to 1024", "text"; empty for a flag
  std::string fallback;  ///< the default, or "required"; may be empty
  std::string meaning;
};

std::string replace_all(std::string text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

/// "UINT:INT in [1 - 4]" says "1 to 4", "TEXT:{a,b}" says "a, b"; without a rule the type remains.
std::string accepted_values(const CLI::Option& option) {
  if (option.get_expected_max() == 0) return "";
  const std::string type = option.get_type_name();
  const size_t colon = type.find(':');
  if (colon == std::string::npos) return type == "TEXT" ? "text" : "a number";
  const std::string rule = type.substr(colon + 1);
  if (rule.starts_with('{')) return replace_all(rule.substr(1, rule.size() - 2), ",", ", ");
  const size_t range = rule.find('[');
  if (range == std::string::npos) return rule;
  return replace_all(rule.substr(range + 1, rule.size() - range - 2), " - ", " to ");
}

OptionText text_of(const CLI::Option& option) {
  // CLI11 shows the value of a negative flag in its name.
  return {.name = replace_all(option.get_name(false, true), "{false}", ""),
          .accepts = accepted_values(option),
          .fallback = option.get_required() ? "required" : option.get_default_str(),
          .meaning = option.get_description()};
}

std::vector<OptionText> options_of(const CLI::App& command) {
  std::vector<OptionText> texts;
  for (const CLI::Option* option : command.get_options())
    if (option != command.get_help_ptr()) texts.push_back(text_of(*option));
  return texts;
}

std::string markdown_row(const OptionText& option) {
  const auto cell = [](const std::string& text) { return replace_all(text, "|", "\\|"); };
  const std::string fallback = option.fallback.empty() || option.fallback == "required"
                                   ? option.fallback
                                   : "`" + option.fallback + "`";
  return "| `" + option.name + "` | " + cell(option.accepts) + " | " + cell(fallback) + " | " +
         cell(option.meaning) + " |\n";
}

/// A heading and a table of options for each command.
std::string manual_tables(const CLI::App& app) {
  std::string text;
  for (const CLI::App* command : visible_commands(app)) {
    text += "## " + command->get_name() +
            "\n\n| option | accepts | default | meaning |\n|---|---|---|---|\n";
    for (const OptionText& option : options_of(*command)) text += markdown_row(option);
    text += "\n";
  }
  return text;
}

/// Text that roff prints as it is.
std::string roff(const std::string& text) {
  const std::string escaped = replace_all(replace_all(text, "\\", "\\e"), "-", "\\-");
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::string roff_option(const OptionText& option) {
  std::string page = ".TP\n\\fB" + roff(replace_all(option.name, ",", ", ")) + "\\fR\n";
  page += roff(option.meaning) + ".\n";
  if (!option.accepts.empty()) page += "Accepts " + roff(option.accepts) + ".\n";
  if (option.fallback == "required")
    page += "Required.\n";
  else if (!option.fallback.empty())
    page += "Default: " + roff(option.fallback) + ".\n";
  return page;
}

std::string roff_synopsis(const CLI::App& app, const CLI::App& command) {
  if (&command == &app) return "\\fBnibble\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
  std::string line = "\\fBnibble " + roff(command.get_name()) + "\\fR";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = "\\fI" + roff(option->get_name(true)) + "\\fR";
    line += option->get_required() ? " " + name : " [" + name + "]";
  }
  return line + " [\\fIOPTIONS\\fR]\n";
}

std::string roff_commands(const CLI::App& app) {
  std::string page = ".SH COMMANDS\n";
  for (const CLI::App* command : visible_commands(app))
    page += ".TP\n\\fBnibble\\-" + roff(command->get_name()) + "\\fR(1)\n" +
            roff(command->get_description()) + ".\n";
  return page;
}

std::string roff_exit_statuses() {
  std::string page = ".SH \"EXIT STATUS\"\n";
  for (const ExitMeaning& exit : kExitMeanings)
    page += ".TP\n\\fB" + std::to_string(static_cast<int>(exit.status)) + "\\fR\n" +
            roff(exit.meaning) + ".\n";
  return page;
}

/// "nibble-pack", or "nibble" for the application itself.
std::string manual_page_name(const CLI::App& app, const CLI::App& command) {
  return &command == &app ? app.get_name() : app.get_name() + "-" + command.get_name();
}

std::string manual_page(const CLI::App& app, const CLI::App& command) {
  const std::string name = manual_page_name(app, command);
  std::string page = ".TH \"" + name + "\" 1 \"\" \"" + app.version() + "\" \"Nibble\"\n";
  page += ".SH NAME\n" + roff(name) + " \\- " + roff(command.get_description()) + "\n";
  page += ".SH SYNOPSIS\n" + roff_synopsis(app, command);
  if (&command == &app) page += roff_commands(app);
  page += ".SH OPTIONS\n";
  for (const OptionText& option : options_of(command)) page += roff_option(option);
  page += roff_exit_statuses();
  if (&command != &app) page += ".SH \"SEE ALSO\"\n\\fBnibble\\fR(1)\n";
  return page;
}

void write_pages(const CLI::App& app, const std::filesystem::path& folder) {
  std::vector<const CLI::App*> pages = visible_commands(app);
  pages.push_back(&app);
  for (const CLI::App* command : pages) {
    write_output_file(folder / (manual_page_name(app, *command) + ".1"),
                      manual_page(app, *command));
  }
}

}  // namespace

void add_manual_command(CLI::App& app, ExitStatus&) {
  auto folder = std::make_shared<std::string>();
  CLI::App& command =
      *app.add_subcommand("manual", "Print the tables of options, or write man pages");
  command.group("");  // for the build and the tests: not in --help
  command.add_option("FOLDER", *folder, "Where man pages go; default: tables on standard output");
  command.callback(
      [folder, &app] { folder->empty() ? print(manual_tables(app)) : write_pages(app, *folder); });
}

}  // namespace nibble::offline
