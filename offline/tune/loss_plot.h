// Loss against bits per weight as a picture that browsers and pages of Markdown show.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

namespace nibble::offline {

struct PlotPoint {
  std::string label;
  double bits_per_weight = 0;
  double loss_percent = 0;  ///< of perplexity; what is below 0.01 is drawn there
  bool has_passed = false;
};

/// An SVG document: losses on a logarithmic scale, a line at the bar, passed points filled.
/// @pre points is not empty
std::string loss_plot(const std::vector<PlotPoint>& points, double max_loss_percent);

}  // namespace nibble::offline
