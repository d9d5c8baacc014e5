// Cells as a table that spreadsheets and scripts read: one row per cell.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/results/cell.h"

namespace nibble::offline {

/// The columns in order; docs/ARTIFACTS.md says what each is.
std::vector<std::string> summary_columns();

/// RFC 4180: a header, lines that end in CR LF, and quotes around what needs them. What was not
/// measured is empty.
std::string summary_csv(const std::vector<ResultCell>& cells);

}  // namespace nibble::offline
