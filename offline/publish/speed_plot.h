// Memory and decode speed of variants as bars.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>

#include "offline/measure/cell_groups.h"

namespace nibble::offline {

/// An SVG document: for each variant the bill of its main cell, and how fast that decodes.
std::string speed_plot(const CellGroup& group);

}  // namespace nibble::offline
