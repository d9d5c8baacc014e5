// Ends a streamed text at a stop text, even one that arrives in pieces.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nibble::offline {

class StopFilter {
 public:
  /// Empty texts never stop anything.
  explicit StopFilter(std::vector<std::string> stops);

  /// @returns what may be shown now: nothing that could still turn out to begin a stop text, and
  /// nothing from a stop text on
  std::string push(std::string_view text);
  /// What was held back, once no more text comes.
  std::string flush();
  bool has_stopped() const { return has_stopped_; }

 private:
  size_t undecided_bytes() const;

  std::vector<std::string> stops_;
  std::string held_;
  bool has_stopped_ = false;
};

}  // namespace nibble::offline
