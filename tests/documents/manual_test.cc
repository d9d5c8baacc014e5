// Man pages and docs/CLI.md say what --help says, of every command and every option.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "tests/documents/fenced_blocks.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

std::string output_of(const std::vector<std::string>& arguments) {
  const CommandResult result = run_nibble(arguments);
  EXPECT_EQ(result.status, 0) << result.err;
  return result.out;
}

/// What the lines of a help text between a heading and the next empty line name first.
std::vector<std::string> names_below(const std::string& heading, const std::string& help) {
  const std::regex name(R"(^  (\S+).*)");
  std::vector<std::string> names;
  bool is_inside = false;
  for (const std::string& line : lines_of(help)) {
    std::smatch match;
    if (line == heading)
      is_inside = true;
    else if (line.empty())
      is_inside = false;
    else if (is_inside && std::regex_match(line, match, name))
      names.push_back(match[1]);
  }
  return names;
}

std::vector<std::string> commands() {
  const std::vector<std::string> names = names_below("Subcommands:", output_of({"--help"}));
  EXPECT_GE(names.size(), 8u);
  return names;
}

/// Options and arguments of a command, as its help names them.
std::vector<std::string> options_of(const std::string& command) {
  const std::string help = output_of({command, "--help"});
  std::vector<std::string> names = names_below("Options:", help);
  for (const std::string& name : names_below("Positionals:", help)) names.push_back(name);
  return names;
}

/// The part of a page from "## heading" to the next such line.
std::string section_of(const std::string& page, const std::string& heading) {
  std::string section;
  bool is_inside = false;
  for (const std::string& line : lines_of(page)) {
    if (line.starts_with("## "))
      is_inside = line == "## " + heading;
    else if (is_inside)
      section += line + "\n";
  }
  return section;
}

TEST(CliPage, HasTheTableOfEveryCommand) {
  const std::string page = read_file(source_folder() / "docs/CLI.md"),
                    manual = output_of({"manual"});
  for (const std::string& command : commands()) {
    const std::string section = section_of(page, command);
    for (const std::string& line : lines_of(section_of(manual, command)))
      EXPECT_NE(section.find(line + "\n"), std::string::npos)
          << "docs/CLI.md, " << command << ", has no line\n"
          << line << "\nof `nibble manual`";
  }
}

TEST(CliPage, NamesEveryCommandAndNoOther) {
  const std::string page = read_file(source_folder() / "docs/CLI.md");
  std::set<std::string> sections;
  for (const std::string& line : lines_of(page))
    if (line.starts_with("## ")) sections.insert(line.substr(3));
  sections.erase("Conventions");
  const std::vector<std::string> names = commands();
  EXPECT_EQ(sections, std::set<std::string>(names.begin(), names.end()));
}

TEST(CliPage, HasTheExitStatusesOfTheHelp) {
  const std::string page = read_file(source_folder() / "docs/CLI.md");
  const std::regex status(R"(^  (\d+): (.*)$)");
  size_t count = 0;
  for (const std::string& line : lines_of(output_of({"--help"}))) {
    std::smatch match;
    if (!std::regex_match(line, match, status)) continue;
    ++count;
    EXPECT_NE(page.find("| " + match[1].str() + " | " + match[2].str() + " |"), std::string::npos)
        << line;
  }
  EXPECT_EQ(count, 5u);
}

class ManualPages : public testing::Test {
 protected:
  ManualPages() { output_of({"manual", folder_.path().string()}); }
  const TemporaryFolder folder_;
};

TEST_F(ManualPages, NameEveryOptionOfTheHelp) {
  const std::string overview = read_file(folder_ / "nibble.1");
  for (const std::string& command : commands()) {
    const std::string roff_name = std::regex_replace(command, std::regex("-"), "\\-");
    EXPECT_NE(overview.find("nibble\\-" + roff_name), std::string::npos) << command;
    const std::string page = read_file(folder_ / ("nibble-" + command + ".1"));
    for (const std::string& option : options_of(command)) {
      if (option == "-h,--help") continue;
      const std::string name = std::regex_replace(
          std::regex_replace(option, std::regex("\\{false\\}"), ""), std::regex("-"), "\\-");
      EXPECT_NE(page.find("\\fB" + std::regex_replace(name, std::regex(","), ", ") + "\\fR"),
                std::string::npos)
          << command << ": " << option;
    }
  }
}

TEST_F(ManualPages, AreRoffWithoutWarnings) {
  if (run_command({"groff", "--version"}).status != 0) GTEST_SKIP() << "groff is not installed";
  for (const auto& page : std::filesystem::directory_iterator(folder_.path())) {
    const CommandResult result =
        run_command({"groff", "-man", "-ww", "-z", "-Tutf8", page.path().string()});
    EXPECT_EQ(result.status, 0) << page;
    EXPECT_EQ(result.err, "") << page;
  }
}

}  // namespace
}  // namespace nibble::test
