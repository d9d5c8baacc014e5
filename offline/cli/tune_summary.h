// What `nibble tune` says about cells: the files of --collect, and the snippet of a run.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "offline/cli/tune_arguments.h"
#include "offline/results/cell.h"

namespace nibble::offline {

/// Writes the CSV, and beside it a page and a plot of each group that has one. Prints the page.
/// Throws InputError, OutputError.
void collect_results(const TuneArguments& arguments);

/// Writes tune_<time>.md into the results folder, and prints it. Throws OutputError.
void write_snippet(const TuneArguments& arguments, const std::vector<ResultCell>& cells);

/// The command line of this process as a shell takes it, `nibble` in front.
std::string shell_command();

}  // namespace nibble::offline
