// Holds back the longest end of the text that begins a stop text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/stop_filter.h"

#include <algorithm>
#include <utility>

namespace nibble::offline {

StopFilter::StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, std::string());
}

std::string StopFilter::push(std::string_view text) {
  if (has_stopped_) return {};
  held_ += text;
  size_t end = std::string::npos;
  for (const std::string& stop : stops_) end = std::min(end, held_.find(stop));
  has_stopped_ = end != std::string::npos;
  const size_t shown = has_stopped_ ? end : held_.size() - undecided_bytes();
  std::string ready = held_.substr(0, shown);
  held_.erase(0, has_stopped_ ? std::string::npos : shown);
  return ready;
}

std::string StopFilter::flush() {
  return std::exchange(held_, {});
}

size_t StopFilter::undecided_bytes() const {
  size_t longest = 0;
  for (const std::string& stop : stops_) {
    for (size_t bytes = std::min(stop.size() - 1, held_.size()); bytes > longest; --bytes) {
      if (held_.ends_with(std::string_view(stop).substr(0, bytes))) longest = bytes;
    }
  }
  return longest;
}

}  // namespace nibble::offline
