// Moments in UTC as text: for people, for JSON and for names of files.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <chrono>
#include <string>

namespace nibble::offline {

using UtcTime = std::chrono::system_clock::time_point;

/// ISO 8601: "2026-11-22T03:20:00Z"
std::string iso_time(UtcTime time);
/// As names of files have it: "20261122_032000"
std::string stamp(UtcTime time);

}  // namespace nibble::offline
