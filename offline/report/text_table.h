// Columns of text, aligned: how every report is printed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nibble::offline {

enum class Align { Left, Right };

class TextTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::Left;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// @pre as many cells as columns
  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// A line of titles (left out when all are empty), then one line per row; two spaces separate
  /// columns.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// "1,234,567"
std::string grouped(uint64_t value);
/// The number in fixed notation.
std::string decimal(double value, int places);

}  // namespace nibble::offline
