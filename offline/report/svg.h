// Pictures that browsers and pages of Markdown show, readable on light and on dark pages.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nibble::offline {

/// How things look is up to the document's style sheet, which knows light and dark pages.
enum class SvgRole {
  Grid,   ///< thin lines behind all
  Bar,    ///< a dashed line that judges
  Front,  ///< a line that joins the best
  Good,   ///< a point that passed, or is on the front
  Bad,    ///< one that failed
  Other,  ///< one that is neither
};

/// A range of values drawn onto a range of pixels.
struct SvgAxis {
  double least, most;  ///< values, or their logarithms
  double first, last;  ///< pixels
  double place(double value) const {
    return first + (value - least) / (most - least) * (last - first);
  }
};

/// Round values for ticks, about `count` of them, that reach over a range: 1, 2 or 5 times a power
/// of ten apart; the first is at most `least`, the last at least `most`. @pre least <= most
std::vector<double> round_ticks(double least, double most, int count);

enum class SvgAnchor { Start, Middle, End };

std::string svg_line(double x1, double y1, double x2, double y2, SvgRole role);
/// A line through points, at least two.
std::string svg_path(const std::vector<std::pair<double, double>>& points, SvgRole role);
/// @param title  as below
std::string svg_bar(double x, double y, double width, double height, SvgRole role,
                    const std::string& title);
/// @param title  shown where a pointer rests on it; may be empty
std::string svg_point(double x, double y, SvgRole role, const std::string& title = {});
/// Text from anywhere.
std::string svg_text(double x, double y, SvgAnchor anchor, const std::string& text);
/// @param title  what the picture shows, for who cannot see it
std::string svg_document(double width, double height, const std::string& title,
                         const std::string& body);

/// Text as XML and HTML take it, in elements and in attributes: markup is escaped, control
/// characters become spaces, and bytes that are no UTF-8 become U+FFFD.
std::string xml_text(const std::string& text);

}  // namespace nibble::offline
