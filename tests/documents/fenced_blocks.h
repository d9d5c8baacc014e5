// The pages of the project, and the blocks of code in them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nibble::test {

/// README.md, CONTRIBUTING.md and everything under docs/.
std::vector<std::filesystem::path> pages();

/// A block between ``` lines.
struct FencedBlock {
  std::string language;  ///< what follows the opening ```
  std::vector<std::string> lines;
  size_t line_number = 0;  ///< of the first of `lines`, from 1
};
std::vector<FencedBlock> fenced_blocks(const std::filesystem::path& page);

/// Lines of a text, without their ends.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace nibble::test
