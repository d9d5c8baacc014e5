// Reads facts and continues their prompts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/fact_scores.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_file.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

constexpr uint64_t kMaxFactFileBytes = 64u << 20;

std::string text_member(const nlohmann::json& fact, const char* member, const std::string& where) {
  const auto found = fact.is_object() ? fact.find(member) : fact.end();
  if (!fact.is_object() || found == fact.end() || !found->is_string() ||
      found->get_ref<const std::string&>().empty()) {
    throw InputError(where + ": /" + member, "must be a text that is not empty");
  }
  return found->get<std::string>();
}

/// The greedy continuation, as long as the answer or until the reply ends.
std::string continuation(Generator& generator, const Fact& fact) {
  generator.reset();
  value_or_throw(generator.prompt({fact.prompt.data(), fact.prompt.size()}),
                 "prompt \"" + fact.prompt + '"');
  std::string text;
  EndReason end = EndReason::None;
  while (text.size() < fact.answer.size() + 1 && end == EndReason::None) {
    const ReplyPart part = value_or_throw(generator.next(), "eval");
    text.append(part.text.data(), part.text.size());
    end = part.end;
  }
  return text;
}

bool is_right(const std::string& text, const std::string& answer) {
  const size_t begin = text.starts_with(' ') ? 1 : 0;
  return text.compare(begin, answer.size(), answer) == 0;
}

}  // namespace

std::vector<Fact> read_facts(const std::filesystem::path& path) {
  std::istringstream lines(read_input_file(path, kMaxFactFileBytes));
  std::vector<Fact> facts;
  std::string line;
  for (size_t number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    const std::string where = path.string() + ": line " + std::to_string(number);
    const nlohmann::json fact = parse_json(line, where);
    facts.push_back({text_member(fact, "prompt", where), text_member(fact, "answer", where)});
  }
  if (facts.empty())
    throw InputError(path.string(), "holds no facts; give one JSON object per line");
  return facts;
}

size_t longest_prompt_bytes(const std::vector<Fact>& facts) {
  size_t longest = 0;
  for (const Fact& fact : facts) longest = std::max(longest, fact.prompt.size());
  return longest;
}

FactScore score_facts(Generator& generator, const std::vector<Fact>& facts,
                      const std::function<void(double done)>& progress) {
  FactScore score;
  score.facts = facts.size();
  for (size_t i = 0; i < facts.size(); ++i) {
    if (is_right(continuation(generator, facts[i]), facts[i].answer)) {
      score.right++;
    } else {
      score.wrong.push_back(i);
    }
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(facts.size()));
  }
  return score;
}

}  // namespace nibble::offline
