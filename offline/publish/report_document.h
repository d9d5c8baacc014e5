// The report on measured variants: tables, samples, anomalies, advice.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/measure/cell_groups.h"
#include "offline/publish/document.h"

namespace nibble::offline {

/// @param groups  at least one
Document report_document(const std::vector<CellGroup>& groups);

/// The tables of a group's cells: speed and quality, then memory. Cards have them too.
Table speed_table(const CellGroup& group);
Table memory_table(const CellGroup& group);
/// A group's plots; none where fewer than two variants have what a plot shows.
std::vector<Picture> plots_of(const CellGroup& group, const std::string& file_prefix);

}  // namespace nibble::offline
