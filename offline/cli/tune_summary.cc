// Writes tables, pages and plots, each whole or not at all.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/tune_summary.h"

#include <chrono>
#include <fstream>
#include <iterator>

#include "offline/cli/command.h"
#include "offline/cli/standard_output.h"
#include "offline/files/output_file.h"
#include "offline/files/text.h"
#include "offline/files/utc_time.h"
#include "offline/measure/summary_csv.h"
#include "offline/measure/summary_page.h"
#include "offline/measure/tradeoff_plot.h"
#include "offline/results/result_file.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

/// "summary.svg" of the first group, "summary-2.svg" of the second.
fs::path plot_path(const fs::path& csv, size_t group) {
  const std::string number = group == 0 ? "" : "-" + std::to_string(group + 1);
  return csv.parent_path() / (csv.stem().string() + number + ".svg");
}

bool is_plain(const std::string& word) {
  const char* const kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,=:+@%";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string::npos;
}

std::string shell_word(const std::string& word) {
  if (is_plain(word)) return word;
  std::string quoted = "'";
  for (const char byte : word) {
    if (byte == '\'')
      quoted += "'\\''";
    else
      quoted += byte;
  }
  return quoted + "'";
}

}  // namespace

void collect_results(const TuneArguments& arguments) {
  const fs::path csv = arguments.output_csv;
  if (csv.extension() == ".md" || csv.extension() == ".svg")
    throw UsageError("--output-csv '" + csv.string() +
                     "': the page and the plots have this ending; "
                     "give a name that ends in .csv");
  const std::vector<ResultCell> cells = read_result_folder(arguments.collect);
  const std::vector<CellGroup> groups = group_cells(cells);
  std::vector<std::string> plots;
  for (size_t i = 0; i < groups.size(); ++i) {
    const std::string plot = tradeoff_plot(groups[i]);
    const fs::path path = plot_path(csv, i);
    plots.push_back(plot.empty() ? "" : path.filename().string());
    if (!plot.empty()) write_output_file(path, plot);
  }
  const std::string page = summary_page(groups, plots, arguments.base, arguments.rule);
  write_output_file(fs::path(csv).replace_extension(".md"), page);
  write_output_file(csv, summary_csv(cells));
  print(page);
}

void write_snippet(const TuneArguments& arguments, const std::vector<ResultCell>& cells) {
  const std::string snippet = readme_snippet(group_cells(cells), valid_utf8(shell_command()),
                                             arguments.base, arguments.rule);
  const std::string name = "tune_" + stamp(std::chrono::system_clock::now()) + ".md";
  write_output_file(fs::path(arguments.results_dir) / name, snippet);
  print(snippet);
}

std::string shell_command() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string command = "nibble", word;
  std::getline(file, word, '\0');  // the program, wherever it is
  while (std::getline(file, word, '\0')) command += " " + shell_word(word);
  return command;
}

}  // namespace nibble::offline
