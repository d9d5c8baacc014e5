// Files of JSON lines: one document per line, each named by its number.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace nibble::offline {

/// Calls `take(document, where)` for each line that is not empty; where: "facts.jsonl: line 3".
/// @param noun  what a file without a line has none of: "prompts"
/// Throws InputError, naming the line, for what is no JSON.
void read_json_lines(const std::filesystem::path& path, const char* noun,
                     const std::function<void(nlohmann::json, const std::string& where)>& take);

}  // namespace nibble::offline
