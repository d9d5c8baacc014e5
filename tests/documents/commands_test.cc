// Runs what the pages tell the reader to type.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/documents/fenced_blocks.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

// A block marked `sh` is run as it stands, all of it in one shell, in a folder of its own with the
// repository's tests/ and docs/ linked into it and `nibble` in PATH. A block marked `console` is a
// transcript: its lines that begin with "$ " are commands. Anything that cannot run here is
// neither.

/// Set-up, whole builds and installations have tests of their own: build/ and demo below.
bool is_run_elsewhere(const std::string& command) {
  for (const char* start : {"bash cmake/demo.sh", "bash tests/run.sh", "cmake ", "ctest "})
    if (command.starts_with(start)) return true;
  return false;
}

class Workplace {
 public:
  Workplace() {
    for (const char* name : {"tests", "docs", "README.md"})
      std::filesystem::create_symlink(source_folder() / name, folder_ / name);
  }
  CommandResult run(const std::string& script) const {
    const std::string path = nibble_program().parent_path().string();
    return run_command({"bash", "-euo", "pipefail", "-c", "PATH=" + path + ":$PATH\n" + script},
                       {.folder = folder_.path()});
  }

 private:
  TemporaryFolder folder_;
};

std::string script_of(const FencedBlock& block) {
  std::string script;
  for (const std::string& line : block.lines)
    if (!is_run_elsewhere(line)) script += line + "\n";
  return script;
}

TEST(Pages, ShellBlocksRun) {
  for (const auto& page : pages()) {
    const Workplace workplace;
    for (const FencedBlock& block : fenced_blocks(page)) {
      if (block.language != "sh") continue;
      const CommandResult result = workplace.run(script_of(block));
      EXPECT_EQ(result.status, 0) << page << ":" << block.line_number << "\n" << result.err;
    }
  }
}

TEST(Pages, TranscriptsShowWhatIsPrinted) {
  for (const auto& page : pages()) {
    const Workplace workplace;
    for (const FencedBlock& block : fenced_blocks(page)) {
      if (block.language != "console") continue;
      std::string command, printed;
      const auto compare = [&] {
        if (command.empty() || is_run_elsewhere(command)) return;
        const CommandResult result = workplace.run(command);
        EXPECT_EQ(result.status, 0) << page << ": " << command << "\n" << result.err;
        EXPECT_EQ(result.out, printed) << page << ": " << command;
      };
      for (const std::string& line : block.lines) {
        if (!line.starts_with("$ ")) {
          printed += line + "\n";
          continue;
        }
        compare();
        command = line.substr(2);
        printed.clear();
      }
      compare();
    }
  }
}

TEST(Pages, BlocksSayWhatTheyAre) {
  const std::vector<std::string> known = {"",      "sh",   "console", "cpp", "c",
                                          "cmake", "text", "make",    "json"};
  for (const auto& page : pages())
    for (const FencedBlock& block : fenced_blocks(page))
      EXPECT_NE(std::ranges::find(known, block.language), known.end())
          << page << ":" << block.line_number << ": \"" << block.language << '"';
}

TEST(Readme, NamesTheTwoCommands) {
  const std::string readme = read_file(source_folder() / "README.md");
  for (const std::string script : {"cmake/demo.sh", "tests/run.sh"}) {
    EXPECT_NE(readme.find("bash " + script), std::string::npos) << script;
    const CommandResult result = run_command({"bash", "-n", script}, {.folder = source_folder()});
    EXPECT_EQ(result.status, 0) << script << "\n" << result.err;
  }
}

TEST(Readme, TranscriptIsWhatTheDemoPrints) {
  const std::string readme = read_file(source_folder() / "README.md");
  const Workplace workplace;
  const CommandResult result = workplace.run(
      "nibble pack tests/models/kdoc-6m -o demo.nbl --weights int8 --group 32 > /dev/null\n"
      "nibble plan demo.nbl\n"
      "nibble run demo.nbl 'PCI device 8086:10d3 is' --echo --tokens 16 --digest\n");
  ASSERT_EQ(result.status, 0) << result.err;
  for (const std::string& line : lines_of(result.out)) {
    // The size of the code is the compiler's.
    const bool varies =
        line.starts_with("runtime") || line.starts_with("TOTAL") || line.starts_with("within");
    if (!varies) {
      EXPECT_NE(readme.find("\n" + line + "\n"), std::string::npos) << line;
    }
  }
}

}  // namespace
}  // namespace nibble::test
