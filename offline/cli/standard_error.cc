// One line on stderr.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/standard_error.h"

#include <cstdio>

#include "offline/files/text.h"

namespace nibble::offline {

void tell(const std::string& line) {
  std::fprintf(stderr, "nibble: %s\n", without_controls(line).c_str());
}

}  // namespace nibble::offline
