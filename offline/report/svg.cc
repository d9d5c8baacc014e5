// Elements with classes, and the style sheet that gives them their colors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "offline/files/text.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

constexpr const char* kStyle =
    "<style>\n"
    "svg { --page: #fff; --ink: #1f2328; --grid: #d8dee4; --good: #1a7f37; --bad: #cf222e;"
    " --other: #57606a; }\n"
    "@media (prefers-color-scheme: dark) { svg { --page: #0d1117; --ink: #e6edf3; --grid: #30363d;"
    " --good: #3fb950; --bad: #f85149; --other: #8d96a0; } }\n"
    "text { fill: var(--ink); }\n"
    ".page { fill: var(--page); }\n"
    ".grid { stroke: var(--grid); }\n"
    ".bar { stroke: var(--bad); stroke-dasharray: 6 4; }\n"
    ".front { stroke: var(--good); stroke-width: 1.5; fill: none; }\n"
    "rect.good { fill: var(--good); }\n"
    "rect.other { fill: var(--other); }\n"
    "circle.good { fill: var(--good); stroke: var(--good); }\n"
    "circle.bad { fill: var(--page); stroke: var(--bad); }\n"
    "circle.other { fill: var(--page); stroke: var(--other); }\n"
    "</style>\n";

const char* class_of(SvgRole role) {
  switch (role) {
    case SvgRole::Grid:
      return "grid";
    case SvgRole::Bar:
      return "bar";
    case SvgRole::Front:
      return "front";
    case SvgRole::Good:
      return "good";
    case SvgRole::Bad:
      return "bad";
    case SvgRole::Other:
      break;
  }
  return "other";
}

const char* name_of(SvgAnchor anchor) {
  if (anchor == SvgAnchor::Middle) return "middle";
  return anchor == SvgAnchor::Start ? "start" : "end";
}

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + decimal(value, 1) + '"';
}

std::string class_attribute(SvgRole role) {
  return std::string(" class=\"") + class_of(role) + '"';
}

std::string escaped(char byte) {
  switch (byte) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f ? ' ' : byte};
  }
}

}  // namespace

std::vector<double> round_ticks(double least, double most, int count) {
  const double range = most > least ? most - least : std::max(std::abs(least), 1.0) / 10;
  const double power = std::pow(10, std::floor(std::log10(range / count)));
  double step = power * 10;
  for (const double factor : {5, 2, 1}) {
    if (power * factor * count >= range) step = power * factor;
  }
  std::vector<double> ticks;
  const auto first = static_cast<int64_t>(std::floor(least / step));
  const auto last = static_cast<int64_t>(std::ceil((least + range) / step));
  for (int64_t i = first; i <= last; ++i) ticks.push_back(static_cast<double>(i) * step);
  return ticks;
}

std::string svg_line(double x1, double y1, double x2, double y2, SvgRole role) {
  return "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
         attribute("y2", y2) + class_attribute(role) + "/>\n";
}

std::string svg_path(const std::vector<std::pair<double, double>>& points, SvgRole role) {
  std::string list;
  for (const auto& [x, y] : points) {
    list += (list.empty() ? "" : " ") + decimal(x, 1) + "," + decimal(y, 1);
  }
  return "<polyline points=\"" + list + "\"" + class_attribute(role) + "/>\n";
}

std::string svg_point(double x, double y, SvgRole role, const std::string& title) {
  const std::string circle = "<circle" + attribute("cx", x) + attribute("cy", y) +
                             attribute("r", 4) + class_attribute(role);
  if (title.empty()) return circle + "/>\n";
  return circle + "><title>" + xml_text(title) + "</title></circle>\n";
}

std::string svg_bar(double x, double y, double width, double height, SvgRole role,
                    const std::string& title) {
  return "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
         attribute("height", height) + class_attribute(role) + "><title>" + xml_text(title) +
         "</title></rect>\n";
}

std::string svg_text(double x, double y, SvgAnchor anchor, const std::string& text) {
  return "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + name_of(anchor) +
         "\">" + xml_text(text) + "</text>\n";
}

std::string svg_document(double width, double height, const std::string& title,
                         const std::string& body) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"" + attribute("width", width) +
         attribute("height", height) + " viewBox=\"0 0 " + decimal(width, 0) + " " +
         decimal(height, 0) + "\" font-family=\"sans-serif\" font-size=\"12\">\n<title>" +
         xml_text(title) + "</title>\n" + kStyle +
         "<rect width=\"100%\" height=\"100%\" class=\"page\"/>\n" + body + "</svg>\n";
}

std::string xml_text(const std::string& text) {
  std::string safe;
  for (const char byte : valid_utf8(text)) safe += escaped(byte);
  return safe;
}

}  // namespace nibble::offline
