// Cells that may be compared: of one model, on one host, over the same requests.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "offline/results/cell.h"

namespace nibble::offline {

struct CellGroup {
  std::string title;  ///< model, and host where there are several
  std::vector<ResultCell> cells;
};

/// Of cells that were measured twice, the later one in the list counts. Groups and
/// variants are in the order of their first appearance; their cells by threads and batch size.
std::vector<CellGroup> group_cells(const std::vector<ResultCell>& cells);

/// The names of a group's variants, each once.
std::vector<std::string> variants_of(const CellGroup& group);

/// What a plot and a rule judge quality by: the first that a cell has.
enum class QualityMetric { Perplexity, Obedience, None };
QualityMetric common_metric(const CellGroup& group);

/// More is better: perplexity counts below 0. Nothing where the cell does not have it.
std::optional<double> quality_of(const ResultCell& cell, QualityMetric metric);

}  // namespace nibble::offline
