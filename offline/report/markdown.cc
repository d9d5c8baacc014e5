// Escapes what Markdown or HTML would read as markup.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/markdown.h"

#include <string_view>

#include "offline/files/text.h"

namespace nibble::offline {

std::string markdown_text(const std::string& text) {
  constexpr std::string_view kMarkup = "\\`*_[]<>|#&~$!";
  std::string safe;
  for (const char byte : valid_utf8(text)) {
    const bool is_control = static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
    if (kMarkup.find(byte) != std::string_view::npos) safe += '\\';
    safe += is_control ? ' ' : byte;
  }
  return safe;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

std::string markdown_head(const std::vector<TextTable::Column>& columns) {
  std::vector<std::string> titles;
  std::string line = "|";
  for (const TextTable::Column& column : columns) {
    titles.push_back(column.title);
    line += column.align == Align::Right ? "---:|" : "---|";
  }
  return markdown_row(titles) + line + "\n";
}

}  // namespace nibble::offline
