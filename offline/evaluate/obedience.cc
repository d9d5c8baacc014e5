// Replies first; then the judgments, which a child makes one after the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/obedience.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "offline/evaluate/reply.h"
#include "offline/files/input_error.h"
#include "offline/host/child_process.h"

namespace nibble::offline {
namespace {

/// For all rules of a file; what is no trap takes milliseconds.
constexpr double kJudgeSeconds = 10;

JudgedReply reply_to(const LoadedModel& model, const SessionConfig& session,
                     const ReplyRules& rules) {
  GeneratorConfig config;
  config.session = session;
  config.max_tokens = rules.limit_tokens();
  const HostGenerator generator(model, config);
  try {
    append_prompt(*generator, encode(model.model().tokenizer(), rules.prompt, EncodeMode::Prompt));
  } catch (const InputError& error) {
    throw InputError(rules.where, error.what());
  }
  const Reply reply = make_reply(*generator, {});
  return {reply.text, static_cast<uint32_t>(reply.tokens.size()), reply.end == EndReason::EndToken};
}

std::vector<JudgedReply> replies_of(const LoadedModel& model, const SessionConfig& session,
                                    const std::vector<ReplyRules>& rules,
                                    const std::function<void(double)>& progress) {
  std::vector<JudgedReply> replies;
  for (const ReplyRules& rule : rules) {
    replies.push_back(reply_to(model, session, rule));
    progress(static_cast<double>(replies.size()) / static_cast<double>(rules.size()));
  }
  return replies;
}

/// One line per reply: the rule that it breaks, which has no newline, or nothing.
std::string judgments(const std::vector<ReplyRules>& rules,
                      const std::vector<JudgedReply>& replies) {
  std::string lines;
  for (size_t i = 0; i < rules.size(); ++i) lines += broken_rule(rules[i], replies[i]) + "\n";
  return lines;
}

/// Which of the rules it was that ended the child: each of them has the time again.
[[noreturn]] void blame(const std::vector<ReplyRules>& rules,
                        const std::vector<JudgedReply>& replies, const std::string& ending) {
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].regex) continue;
    const auto judge = [&] { return broken_rule(rules[i], replies[i]); };
    if (run_in_copy(judge, kJudgeSeconds / 4).succeeded()) continue;
    throw InputError(rules[i].where + ": /regex",
                     "takes too much time or stack on a reply; write it with fewer repetitions");
  }
  throw InputError("obedience", "the rules could not be judged: " + ending +
                                    "; give fewer prompts, or shorter regular expressions");
}

}  // namespace

Interval wilson_interval(uint64_t passed, uint64_t total) {
  constexpr double z = 1.959963984540054;
  const auto n = static_cast<double>(total);
  const double share = static_cast<double>(passed) / n;
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half =
      z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

ObedienceScore score_obedience(const LoadedModel& model, const SessionConfig& session,
                               const std::vector<ReplyRules>& rules,
                               const std::function<void(double)>& progress) {
  const std::vector<JudgedReply> replies = replies_of(model, session, rules, progress);
  const ChildResult judged = run_in_copy([&] { return judgments(rules, replies); }, kJudgeSeconds);
  if (!judged.succeeded()) blame(rules, replies, judged.ending());
  ObedienceScore score;
  score.total = rules.size();
  std::istringstream lines(judged.output);
  std::string rule;
  for (size_t i = 0; i < rules.size() && std::getline(lines, rule); ++i) {
    if (!rule.empty()) score.broken.push_back({rules[i].prompt, rule, replies[i].text});
  }
  return score;
}

}  // namespace nibble::offline
