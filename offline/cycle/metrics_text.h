// The pieces of Prometheus' text format that writing and reading metrics have in common.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <string_view>

#include "offline/cycle/metrics.h"

namespace nibble::offline {

/// A comment for Prometheus. A file that was cut lacks it.
inline constexpr std::string_view kLastMetricsLine = "# End of the metrics of nibble cycle.\n";

std::string help_line(const FamilyText& family);
std::string type_line(const FamilyText& family);
/// Backslash, quote and newline as the format has them.
std::string escaped_label(std::string_view value);

}  // namespace nibble::offline
