// Sorts cells by what has to be equal.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/cell_groups.h"

#include <algorithm>
#include <tuple>

namespace nibble::offline {
namespace {

bool are_comparable(const ResultCell& a, const ResultCell& b) {
  return a.model == b.model && a.host == b.host && a.prompt_tokens == b.prompt_tokens &&
         a.new_tokens == b.new_tokens;
}

bool are_same_cell(const ResultCell& a, const ResultCell& b) {
  return a.variant == b.variant && a.batch_size == b.batch_size && a.threads == b.threads;
}

void add(const ResultCell& cell, CellGroup& group) {
  const auto same = std::ranges::find_if(
      group.cells, [&](const ResultCell& other) { return are_same_cell(cell, other); });
  if (same == group.cells.end())
    group.cells.push_back(cell);
  else
    *same = cell;
}

/// By variant in the order of first appearance, then by threads and batch size.
void sort(CellGroup& group) {
  const std::vector<std::string> variants = variants_of(group);
  const auto key = [&](const ResultCell& cell) {
    return std::tuple(std::ranges::find(variants, cell.variant), cell.threads, cell.batch_size);
  };
  std::ranges::sort(group.cells, {}, key);
}

std::string title_of(const ResultCell& cell) {
  return cell.model + " on " + cell.host.cpu + ", requests of " +
         std::to_string(cell.prompt_tokens) + " + " + std::to_string(cell.new_tokens) + " tokens";
}

}  // namespace

std::vector<CellGroup> group_cells(const std::vector<ResultCell>& cells) {
  std::vector<CellGroup> groups;
  for (const ResultCell& cell : cells) {
    auto group = std::ranges::find_if(groups, [&](const CellGroup& candidate) {
      return are_comparable(candidate.cells.front(), cell);
    });
    if (group == groups.end()) group = groups.insert(groups.end(), {title_of(cell), {}});
    add(cell, *group);
  }
  for (CellGroup& group : groups) sort(group);
  return groups;
}

std::vector<std::string> variants_of(const CellGroup& group) {
  std::vector<std::string> names;
  for (const ResultCell& cell : group.cells) {
    if (std::ranges::find(names, cell.variant) == names.end()) names.push_back(cell.variant);
  }
  return names;
}

QualityMetric common_metric(const CellGroup& group) {
  if (std::ranges::any_of(group.cells, [](const auto& cell) { return cell.quality.has_value(); }))
    return QualityMetric::Perplexity;
  if (std::ranges::any_of(group.cells, [](const auto& cell) { return cell.obedience.has_value(); }))
    return QualityMetric::Obedience;
  return QualityMetric::None;
}

std::optional<double> quality_of(const ResultCell& cell, QualityMetric metric) {
  if (metric == QualityMetric::Perplexity && cell.quality) return -cell.quality->perplexity;
  if (metric == QualityMetric::Obedience && cell.obedience) return cell.obedience->pass_rate();
  return std::nullopt;
}

}  // namespace nibble::offline
