// The best cell by one figure, for each use.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/advice.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "offline/publish/figures.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

using Figure = std::function<std::optional<double>(const ResultCell&)>;

/// The cell with the least figure.
const ResultCell* least(const CellGroup& group, const Figure& figure) {
  const ResultCell* best = nullptr;
  for (const ResultCell& cell : group.cells) {
    if (!figure(cell)) continue;
    if (best == nullptr || *figure(cell) < *figure(*best)) best = &cell;
  }
  return best;
}

Advice advice(const char* use, const ResultCell* cell,
              const std::function<std::string(const ResultCell&)>& reason) {
  if (cell == nullptr) return {use, "", kNotMeasured};
  return {use, cell->variant, reason(*cell)};
}

Advice quick_answers(const CellGroup& group) {
  const uint32_t batch =
      std::ranges::min_element(group.cells, {}, &ResultCell::batch_size)->batch_size;
  const auto latency = [batch](const ResultCell& cell) -> std::optional<double> {
    if (cell.batch_size != batch) return std::nullopt;
    return cell.latency_ms.p95;
  };
  return advice("Answers that come soon", least(group, latency), [](const ResultCell& cell) {
    return "p95 of a request is " + decimal(cell.latency_ms.p95, 2) + " ms with batch " +
           std::to_string(cell.batch_size) + ", threads " + std::to_string(cell.threads);
  });
}

Advice many_requests(const CellGroup& group) {
  const auto slowness = [](const ResultCell& cell) -> std::optional<double> {
    return -cell.decode_tokens_per_second;
  };
  return advice("Many requests at once", least(group, slowness), [](const ResultCell& cell) {
    return decimal(cell.decode_tokens_per_second, 0) + " tokens/s together with batch " +
           std::to_string(cell.batch_size) + ", threads " + std::to_string(cell.threads);
  });
}

Advice little_memory(const CellGroup& group) {
  const auto memory = [](const ResultCell& cell) -> std::optional<double> {
    return static_cast<double>(cell.bill.total_bytes);
  };
  return advice("Little memory", least(group, memory), [](const ResultCell& cell) {
    return "the bill is " + megabytes(cell.bill.total_bytes) + " with batch " +
           std::to_string(cell.batch_size);
  });
}

Advice good_text(const CellGroup& group) {
  const auto perplexity = [](const ResultCell& cell) -> std::optional<double> {
    if (!cell.quality) return std::nullopt;
    return cell.quality->perplexity;
  };
  return advice("Text as near to the original as there is", least(group, perplexity),
                [](const ResultCell& cell) { return "perplexity is " + perplexity_text(cell); });
}

}  // namespace

std::vector<Advice> advise(const CellGroup& group) {
  return {quick_answers(group), many_requests(group), little_memory(group), good_text(group)};
}

}  // namespace nibble::offline
