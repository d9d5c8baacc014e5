// Cells and what follows from them as Markdown: a table, the recommendation, the rule.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>

#include "offline/measure/cell_groups.h"
#include "offline/measure/recommendation.h"

namespace nibble::offline {

/// A table of a group's cells; those of the Pareto front are marked.
std::string summary_table(const CellGroup& group);

/// What `--collect` writes beside the CSV: for each group its table, its plot, its recommendation.
/// @param plots  of each group: the file beside the page; empty where there is none
std::string summary_page(const std::vector<CellGroup>& groups,
                         const std::vector<std::string>& plots, const std::string& base,
                         const RecommendationRule& rule);

/// For the README of who publishes the model: the command, the host, the table, the recommendation.
std::string readme_snippet(const std::vector<CellGroup>& groups, const std::string& command,
                           const std::string& base, const RecommendationRule& rule);

}  // namespace nibble::offline
