// What `nibble tune --dry-run` prints: the matrix, and about how long it will take.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/cli/tune_arguments.h"
#include "offline/cli/tune_sources.h"

namespace nibble::offline {

/// Looks at names and sizes of files alone.
std::string tune_estimate(const TuneArguments& arguments, const std::vector<TuneBlob>& blobs);

}  // namespace nibble::offline
