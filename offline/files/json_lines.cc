// Splits at newlines and parses each line alone.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/json_lines.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_file.h"

namespace nibble::offline {

void read_json_lines(const std::filesystem::path& path, const char* noun,
                     const std::function<void(nlohmann::json, const std::string&)>& take) {
  std::istringstream lines(read_input_file(path, kMaxJsonFileBytes));
  std::string line;
  bool is_empty = true;
  for (size_t number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const std::string where = path.string() + ": line " + std::to_string(number);
    take(parse_json(line, where), where);
    is_empty = false;
  }
  if (!is_empty) return;
  throw InputError(path.string(),
                   std::string("holds no ") + noun + "; give one JSON object per line");
}

}  // namespace nibble::offline
