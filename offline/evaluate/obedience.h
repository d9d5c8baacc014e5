// Obedience: the share of prompts whose replies keep their rules, with its interval.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>

#include <functional>
#include <string>
#include <vector>

#include "offline/evaluate/reply_rules.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

/// An interval of a share.
struct Interval {
  double low = 0, high = 1;
};

/// Wilson's score interval of a share at 95 %. @pre total > 0
Interval wilson_interval(uint64_t passed, uint64_t total);

struct BrokenRule {
  std::string prompt, rule, reply;
};

struct ObedienceScore {
  uint64_t total = 0;
  std::vector<BrokenRule> broken;
  uint64_t passed() const { return total - broken.size(); }
};

/// Greedy replies to all prompts, judged. Rules are judged in a copy of the process under a time
/// limit, since regular expressions may take any time. Throws InputError, naming the line, where a
/// prompt does not fit the context, or a regular expression takes too much.
ObedienceScore score_obedience(const LoadedModel& model, const SessionConfig& session,
                               const std::vector<ReplyRules>& rules,
                               const std::function<void(double done)>& progress);

}  // namespace nibble::offline
