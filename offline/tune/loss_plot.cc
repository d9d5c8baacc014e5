// Draws axes, a bar, and labeled points.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/loss_plot.h"

#include <algorithm>
#include <cmath>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

constexpr double kWidth = 720, kHeight = 440, kLeft = 70, kRight = 30, kTop = 20, kBottom = 50;
constexpr double kLeastLoss = 0.01;  // percent

/// A range of values drawn onto a range of pixels.
struct Axis {
  double least, most;  ///< values, or their logarithms
  double first, last;  ///< pixels
  double place(double value) const {
    return first + (value - least) / (most - least) * (last - first);
  }
};

double exponent(double loss_percent) {
  return std::log10(std::max(loss_percent, kLeastLoss));
}

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + decimal(value, 1) + '"';
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
         attribute("y2", y2) + " " + style + "/>\n";
}

/// Labels are text from anywhere.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char byte : text) {
    if (byte == '<')
      safe += "&lt;";
    else if (byte == '&')
      safe += "&amp;";
    else
      safe += byte;
  }
  return safe;
}

std::string words(double x, double y, const char* anchor, const std::string& text) {
  return "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + anchor + "\">" +
         escaped(text) + "</text>\n";
}

std::string bits_ticks(const Axis& bits) {
  std::string svg;
  for (double tick = std::ceil(bits.least * 2) / 2; tick <= bits.most; tick += 0.5) {
    const double x = bits.place(tick);
    svg += line(x, kTop, x, kHeight - kBottom, "stroke=\"#ddd\"");
    svg += words(x, kHeight - kBottom + 18, "middle", decimal(tick, 1));
  }
  return svg + words((kLeft + kWidth - kRight) / 2, kHeight - 10, "middle", "bits per weight");
}

std::string loss_ticks(const Axis& loss) {
  std::string svg;
  for (double tick = loss.least; tick <= loss.most; tick += 1) {
    const double y = loss.place(tick);
    svg += line(kLeft, y, kWidth - kRight, y, "stroke=\"#ddd\"");
    svg += words(kLeft - 6, y + 4, "end", decimal(std::pow(10, tick), tick < 0 ? 2 : 0) + " %");
  }
  return svg;
}

std::string draw_point(const PlotPoint& point, const Axis& bits, const Axis& loss) {
  const double x = bits.place(point.bits_per_weight), y = loss.place(exponent(point.loss_percent));
  const char* const fill = point.has_passed ? "#1a7f37" : "#fff";
  return "<circle" + attribute("cx", x) + attribute("cy", y) + " r=\"4\" stroke=\"" +
         (point.has_passed ? "#1a7f37" : "#cf222e") + "\" fill=\"" + fill + "\"/>\n" +
         words(x + 8, y - 6, "start", point.label);
}

Axis bits_axis(const std::vector<PlotPoint>& points) {
  const auto [least, most] = std::ranges::minmax(points, {}, &PlotPoint::bits_per_weight);
  return {std::floor(least.bits_per_weight * 2) / 2 - 0.25,
          std::ceil(most.bits_per_weight * 2) / 2 + 0.75, kLeft, kWidth - kRight};
}

Axis loss_axis(const std::vector<PlotPoint>& points, double max_loss_percent) {
  const auto [least, most] = std::ranges::minmax(points, {}, &PlotPoint::loss_percent);
  const double highest = std::max(most.loss_percent, max_loss_percent);
  return {std::floor(exponent(std::min(least.loss_percent, max_loss_percent))),
          std::floor(exponent(highest)) + 1, kHeight - kBottom, kTop};
}

}  // namespace

std::string loss_plot(const std::vector<PlotPoint>& points, double max_loss_percent) {
  const Axis bits = bits_axis(points), loss = loss_axis(points, max_loss_percent);
  const double bar = loss.place(exponent(max_loss_percent));
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", kWidth) +
      attribute("height", kHeight) +
      " font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" +
      bits_ticks(bits) + loss_ticks(loss) +
      line(kLeft, bar, kWidth - kRight, bar, "stroke=\"#cf222e\" stroke-dasharray=\"6 4\"");
  for (const PlotPoint& point : points) svg += draw_point(point, bits, loss);
  return svg + "</svg>\n";
}

}  // namespace nibble::offline
