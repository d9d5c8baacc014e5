// Decode speed against quality as a picture, with the Pareto front.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/measure/cell_groups.h"

namespace nibble::offline {

struct Tradeoff {
  double speed = 0;    ///< more is better
  double quality = 0;  ///< more is better
};

/// For each point, whether no other is at least as good in both and better in one.
std::vector<bool> pareto_front(const std::vector<Tradeoff>& points);

/// An SVG document of the cells that have the group's metric; points of the front are filled and
/// joined. Better is up and right. @returns "" where fewer than two cells have it
std::string tradeoff_plot(const CellGroup& group);

}  // namespace nibble::offline
