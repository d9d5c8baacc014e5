// Finds the reference's cells, and compares.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/figures.h"

#include <algorithm>
#include <tuple>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

const ResultCell* reference_of(const CellGroup& group, const ResultCell& cell) {
  const auto found = std::ranges::find_if(group.cells, [&](const ResultCell& other) {
    return other.variant == kReferenceVariant && other.batch_size == cell.batch_size &&
           other.threads == cell.threads;
  });
  return found == group.cells.end() ? nullptr : &*found;
}

std::optional<double> reduction_percent(uint64_t bytes, uint64_t reference_bytes) {
  if (reference_bytes == 0) return std::nullopt;
  return 100 * (1 - static_cast<double>(bytes) / static_cast<double>(reference_bytes));
}

CellFigures compare(const CellGroup& group, const ResultCell& cell) {
  CellFigures figures;
  figures.cell = &cell;
  const ResultCell* const reference = reference_of(group, cell);
  if (reference == nullptr) return figures;
  figures.memory_reduction_percent =
      reduction_percent(cell.bill.total_bytes, reference->bill.total_bytes);
  figures.size_reduction_percent = reduction_percent(cell.blob.bytes, reference->blob.bytes);
  if (reference->decode_tokens_per_second > 0) {
    figures.decode_speedup = cell.decode_tokens_per_second / reference->decode_tokens_per_second;
  }
  return figures;
}

}  // namespace

void order_cells(CellGroup& group) {
  const auto place = [](const ResultCell& cell) {
    return std::tuple(-cell.blob.bits_per_weight, cell.variant, cell.batch_size, cell.threads);
  };
  std::ranges::sort(group.cells, {}, place);
}

std::vector<CellFigures> figures_of(const CellGroup& group) {
  std::vector<CellFigures> figures;
  for (const ResultCell& cell : group.cells) figures.push_back(compare(group, cell));
  return figures;
}

const ResultCell& main_cell(const CellGroup& group, const std::string& variant) {
  const ResultCell* best = nullptr;
  for (const ResultCell& cell : group.cells) {
    if (cell.variant != variant) continue;
    const bool is_less = best == nullptr || std::tuple(cell.batch_size, cell.threads) <
                                                std::tuple(best->batch_size, best->threads);
    if (is_less) best = &cell;
  }
  return *best;
}

CellGroup main_cells(const CellGroup& group) {
  CellGroup cells{group.title, {}};
  for (const std::string& variant : variants_of(group)) {
    cells.cells.push_back(main_cell(group, variant));
  }
  return cells;
}

CellFigures main_figures(const CellGroup& group, const std::string& variant) {
  return compare(group, main_cell(group, variant));
}

std::string megabytes(uint64_t bytes) {
  return decimal(static_cast<double>(bytes) / 1e6, 2) + " MB";
}

std::string number_text(const std::optional<double>& value, int places, const char* unit) {
  return value ? decimal(*value, places) + unit : kNotMeasured;
}

std::string perplexity_text(const ResultCell& cell) {
  return cell.quality ? decimal(cell.quality->perplexity, 3) : kNotMeasured;
}

std::string divergence_text(const ResultCell& cell) {
  return number_text(cell.quality ? cell.quality->kl_mean : std::nullopt, 5);
}

std::string obedience_text(const ResultCell& cell) {
  if (!cell.obedience) return kNotMeasured;
  return decimal(100 * cell.obedience->pass_rate(), 1) + " % (" +
         decimal(100 * cell.obedience->low, 1) + " to " + decimal(100 * cell.obedience->high, 1) +
         ")";
}

std::string host_text(const HostFacts& host) {
  return host.cpu + ", " + std::to_string(host.cores) + " cores, " +
         decimal(static_cast<double>(host.ram_bytes) / 1e9, 1) + " GB of RAM, " + host.kernel;
}

}  // namespace nibble::offline
