// Which variant for which use, and by which figure.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/measure/cell_groups.h"

namespace nibble::offline {

struct Advice {
  std::string use;      ///< "One answer at a time"
  std::string variant;  ///< "" where nothing that would decide was measured
  std::string reason;   ///< the figure that decided
};

/// One for each use that reports know. @pre the group has cells
std::vector<Advice> advise(const CellGroup& group);

}  // namespace nibble::offline
