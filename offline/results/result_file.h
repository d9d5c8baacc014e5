// Result files: arrays of cells, read strictly, and added to so that no cell is ever lost.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "offline/results/cell.h"

namespace nibble::offline {

/// "int4_20261122.json": of the cell's variant and the day of its timestamp. What no file name may
/// have becomes '_'.
std::string result_file_name(const std::string& variant, const std::string& timestamp);

/// Throws InputError, naming the file, the member, and what to do.
std::vector<ResultCell> read_result_file(const std::filesystem::path& path);

/// The cells of all result files of a folder: those that end in ".json", by name. Throws InputError
/// when the folder cannot be read or has none.
std::vector<ResultCell> read_result_folder(const std::filesystem::path& folder);

/// Adds a cell to its file in the folder, whole or not at all; several processes may add at a time.
/// Elements that are there already are kept as they are, unknown members included.
/// Throws OutputError, and InputError when the file that is there is no result file.
/// @returns the file
std::filesystem::path append_result(const std::filesystem::path& folder, const ResultCell& cell);

}  // namespace nibble::offline
