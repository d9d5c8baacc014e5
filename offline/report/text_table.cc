// Measures columns, then pads cells; widths are counted in characters, not bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/text_table.h"

#include <algorithm>
#include <cstdio>

namespace nibble::offline {
namespace {

/// Characters of UTF-8 text: all bytes but those that continue a sequence.
size_t characters(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string line(const std::vector<std::string>& cells,
                 const std::vector<TextTable::Column>& columns, const std::vector<size_t>& widths) {
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i != 0) text += "  ";
    const std::string padding(widths[i] - characters(cells[i]), ' ');
    text += columns[i].align == Align::Right ? padding + cells[i] : cells[i] + padding;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace

std::string TextTable::text() const {
  std::vector<std::string> titles;
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    size_t width = characters(columns_[i].title);
    for (const std::vector<std::string>& row : rows_) width = std::max(width, characters(row[i]));
    widths.push_back(width);
  }
  const bool is_titled =
      std::ranges::any_of(titles, [](const auto& title) { return !title.empty(); });
  std::string text = is_titled ? line(titles, columns_, widths) : std::string();
  for (const std::vector<std::string>& row : rows_) text += line(row, columns_, widths);
  return text;
}

std::string grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

std::string decimal(double value, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

}  // namespace nibble::offline
