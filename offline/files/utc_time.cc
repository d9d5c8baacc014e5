// Formats whole seconds.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/utc_time.h"

#include <ctime>

namespace nibble::offline {
namespace {

std::string formatted(UtcTime time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

std::string iso_time(UtcTime time) {
  return formatted(time, "%Y-%m-%dT%H:%M:%SZ");
}

std::string stamp(UtcTime time) {
  return formatted(time, "%Y%m%d_%H%M%S");
}

}  // namespace nibble::offline
