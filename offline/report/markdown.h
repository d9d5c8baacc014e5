// Tables and text of Markdown pages, whatever the text holds.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/report/text_table.h"

namespace nibble::offline {

/// Text from anywhere as Markdown shows it, in one line: nothing in it is markup.
std::string markdown_text(const std::string& text);

/// "| a | b |" and a newline. The cells are Markdown: text from anywhere goes through
/// markdown_text() first.
std::string markdown_row(const std::vector<std::string>& cells);

/// The row of titles and the line below it.
std::string markdown_head(const std::vector<TextTable::Column>& columns);

}  // namespace nibble::offline
