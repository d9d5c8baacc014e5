// Replies of two blobs side by side, as tables and as JSON.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "offline/evaluate/reply_checks.h"

namespace nibble::offline {

struct CheckedReply {
  std::string text;
  DrawnReply drawn;
  ReplyFaults faults;
};

/// What both blobs make of one prompt.
struct ReplyPair {
  std::string prompt;
  CheckedReply reference, other;

  bool is_same() const { return reference.drawn.tokens == other.drawn.tokens; }
  /// The other reply has a kind of fault that the reference's has not.
  bool has_new_fault() const;
};

struct CompareReport {
  std::string reference, other;  ///< the blobs
  std::string prompts_file;
  uint64_t max_tokens = 0;  ///< of a reply
  std::vector<ReplyPair> pairs;
};

/// @param all_replies  every pair, not only those with a new fault
std::string compare_text(const CompareReport& report, bool all_replies);
nlohmann::ordered_json compare_json(const CompareReport& report);

}  // namespace nibble::offline
