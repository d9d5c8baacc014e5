// Messages on standard error, beside the results on standard output.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>

namespace nibble::offline {

/// One line, "nibble: " before it; control characters do not reach the terminal.
void tell(const std::string& line);

}  // namespace nibble::offline
