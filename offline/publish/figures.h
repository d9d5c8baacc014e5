// What reports say of variants: their cells, beside those of the f16 variant.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "offline/measure/cell_groups.h"

namespace nibble::offline {

/// The variant that others are compared with, by its name.
inline constexpr const char* kReferenceVariant = "f16";
inline constexpr const char* kNotMeasured = "not measured";

/// Puts a group's cells into the order of tables: most bits per weight first, so that the reference
/// leads, then by variant, batch and threads.
void order_cells(CellGroup& group);

/// A cell, and how it compares with the reference's of the same batch and threads. Ratios are
/// missing where there is no such cell.
struct CellFigures {
  const ResultCell* cell = nullptr;
  std::optional<double> memory_reduction_percent;  ///< of the bill
  std::optional<double> size_reduction_percent;    ///< of the blob
  std::optional<double> decode_speedup;
};

/// The figures of all cells, in the group's order. @param group  outlives them
std::vector<CellFigures> figures_of(const CellGroup& group);

/// The cell that stands for a variant where there is place for one: the least batch, then the
/// fewest threads. @pre the group has the variant
const ResultCell& main_cell(const CellGroup& group, const std::string& variant);
/// The main cells of all variants as a group.
CellGroup main_cells(const CellGroup& group);
/// The figures of a variant's main cell.
CellFigures main_figures(const CellGroup& group, const std::string& variant);

// Figures in words; kNotMeasured where there is none.
std::string megabytes(uint64_t bytes);  ///< "5.50 MB"
std::string number_text(const std::optional<double>& value, int places, const char* unit = "");
std::string perplexity_text(const ResultCell& cell);
std::string divergence_text(const ResultCell& cell);
std::string obedience_text(const ResultCell& cell);
std::string host_text(const HostFacts& host);

}  // namespace nibble::offline
