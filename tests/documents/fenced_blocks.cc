// Just enough Markdown to find code.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/documents/fenced_blocks.h"

#include <algorithm>
#include <sstream>

#include "tests/support/models.h"

namespace nibble::test {

std::vector<std::filesystem::path> pages() {
  std::vector<std::filesystem::path> found;
  for (const char* name : {"README.md", "CONTRIBUTING.md"})
    if (std::filesystem::exists(source_folder() / name)) found.push_back(source_folder() / name);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_folder() / "docs"))
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<FencedBlock> fenced_blocks(const std::filesystem::path& page) {
  std::vector<FencedBlock> blocks;
  bool is_inside = false;
  size_t number = 0;
  for (const std::string& line : lines_of(read_file(page))) {
    ++number;
    const bool is_fence = line.starts_with("```");
    if (is_fence && !is_inside) blocks.push_back({line.substr(3), {}, number + 1});
    if (!is_fence && is_inside) blocks.back().lines.push_back(line);
    if (is_fence) is_inside = !is_inside;
  }
  return blocks;
}

}  // namespace nibble::test
