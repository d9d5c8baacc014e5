// Draws axes, a bar, and labeled points.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/loss_plot.h"

#include <algorithm>
#include <cmath>

#include "offline/report/svg.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

constexpr double kWidth = 720, kHeight = 440, kLeft = 70, kRight = 30, kTop = 20, kBottom = 50;
constexpr double kLeastLoss = 0.01;  // percent

double exponent(double loss_percent) {
  return std::log10(std::max(loss_percent, kLeastLoss));
}

std::string bits_ticks(const SvgAxis& bits) {
  std::string svg;
  for (double tick = std::ceil(bits.least * 2) / 2; tick <= bits.most; tick += 0.5) {
    const double x = bits.place(tick);
    svg += svg_line(x, kTop, x, kHeight - kBottom, SvgRole::Grid);
    svg += svg_text(x, kHeight - kBottom + 18, SvgAnchor::Middle, decimal(tick, 1));
  }
  return svg + svg_text((kLeft + kWidth - kRight) / 2, kHeight - 10, SvgAnchor::Middle,
                        "bits per weight");
}

std::string loss_ticks(const SvgAxis& loss) {
  std::string svg;
  for (double tick = loss.least; tick <= loss.most; tick += 1) {
    const double y = loss.place(tick);
    svg += svg_line(kLeft, y, kWidth - kRight, y, SvgRole::Grid);
    svg += svg_text(kLeft - 6, y + 4, SvgAnchor::End,
                    decimal(std::pow(10, tick), tick < 0 ? 2 : 0) + " %");
  }
  return svg;
}

std::string draw_point(const PlotPoint& point, const SvgAxis& bits, const SvgAxis& loss) {
  const double x = bits.place(point.bits_per_weight), y = loss.place(exponent(point.loss_percent));
  return svg_point(x, y, point.has_passed ? SvgRole::Good : SvgRole::Bad) +
         svg_text(x + 8, y - 6, SvgAnchor::Start, point.label);
}

SvgAxis bits_axis(const std::vector<PlotPoint>& points) {
  const auto [least, most] = std::ranges::minmax(points, {}, &PlotPoint::bits_per_weight);
  return {std::floor(least.bits_per_weight * 2) / 2 - 0.25,
          std::ceil(most.bits_per_weight * 2) / 2 + 0.75, kLeft, kWidth - kRight};
}

SvgAxis loss_axis(const std::vector<PlotPoint>& points, double max_loss_percent) {
  const auto [least, most] = std::ranges::minmax(points, {}, &PlotPoint::loss_percent);
  const double highest = std::max(most.loss_percent, max_loss_percent);
  return {std::floor(exponent(std::min(least.loss_percent, max_loss_percent))),
          std::floor(exponent(highest)) + 1, kHeight - kBottom, kTop};
}

}  // namespace

std::string loss_plot(const std::vector<PlotPoint>& points, double max_loss_percent) {
  const SvgAxis bits = bits_axis(points), loss = loss_axis(points, max_loss_percent);
  const double bar = loss.place(exponent(max_loss_percent));
  std::string body = bits_ticks(bits) + loss_ticks(loss) +
                     svg_line(kLeft, bar, kWidth - kRight, bar, SvgRole::Bar);
  for (const PlotPoint& point : points) body += draw_point(point, bits, loss);
  return svg_document(kWidth, kHeight, "Loss against bits per weight", body);
}

}  // namespace nibble::offline
