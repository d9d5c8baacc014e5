// Two bars for each variant, each on a scale of its own that starts at 0.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/speed_plot.h"

#include <algorithm>

#include "offline/publish/figures.h"
#include "offline/report/svg.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

constexpr double kWidth = 800, kLeft = 150, kColumn = 250, kGap = 75, kTop = 40, kRow = 30;
constexpr double kBarHeight = 16;
constexpr size_t kLabelBytes = 22;

/// Names are cut where they would run into the bars; the bars' titles have them whole.
std::string label_of(const std::string& variant) {
  if (variant.size() <= kLabelBytes) return variant;
  return variant.substr(0, kLabelBytes - 1) + "…";
}

std::string bar(double x, double y, double value, double most, SvgRole role,
                const std::string& variant, const std::string& text) {
  const double width = most > 0 ? kColumn * value / most : 0;
  return svg_bar(x, y, width, kBarHeight, role, variant + ": " + text) +
         svg_text(x + width + 6, y + 12, SvgAnchor::Start, text);
}

}  // namespace

std::string speed_plot(const CellGroup& group) {
  const std::vector<std::string> variants = variants_of(group);
  double most_memory = 0, most_speed = 0;
  for (const std::string& variant : variants) {
    const ResultCell& cell = main_cell(group, variant);
    most_memory = std::max(most_memory, static_cast<double>(cell.bill.total_bytes));
    most_speed = std::max(most_speed, cell.decode_tokens_per_second);
  }
  const double second = kLeft + kColumn + kGap;
  std::string svg = svg_text(kLeft, kTop - 16, SvgAnchor::Start, "memory") +
                    svg_text(second, kTop - 16, SvgAnchor::Start, "decode tokens/s");
  double y = kTop;
  for (const std::string& variant : variants) {
    const ResultCell& cell = main_cell(group, variant);
    const SvgRole role = variant == kReferenceVariant ? SvgRole::Other : SvgRole::Good;
    svg += svg_text(kLeft - 10, y + 12, SvgAnchor::End, label_of(variant)) +
           bar(kLeft, y, static_cast<double>(cell.bill.total_bytes), most_memory, role, variant,
               megabytes(cell.bill.total_bytes)) +
           bar(second, y, cell.decode_tokens_per_second, most_speed, role, variant,
               decimal(cell.decode_tokens_per_second, 0));
    y += kRow;
  }
  return svg_document(kWidth, y + 10, "Memory and decode speed: " + group.title, svg);
}

}  // namespace nibble::offline
