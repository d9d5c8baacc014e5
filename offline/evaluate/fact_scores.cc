// Reads facts and continues their prompts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/fact_scores.h"

#include <sstream>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_file.h"
#include "offline/host/failure_text.h"
#include "offline/host/generation.h"
#include "offline/host/loaded_model.h"

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
std::string continuation(Session& session, const Fact& fact) {
  const Tokenizer& tokenizer = session.model().tokenizer();
  value_or_throw(session.rewind(0), "eval");
  Generation generation(session, {});
  generation.prompt(encode(tokenizer, fact.prompt, EncodeMode::Prompt));
  std::string text;
  while (text.size() < fact.answer.size() + 1) {
    const std::optional<Token> token = generation.next();
    if (!token) break;
    const Text piece = tokenizer.piece(*token);
    text.append(piece.data(), piece.size());
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
  if (facts.empty()) throw InputError(path.string(), "holds no facts, one JSON object a line");
  return facts;
}

FactScore score_facts(Session& session, const std::vector<Fact>& facts,
                      const std::function<void(double done)>& progress) {
  FactScore score;
  score.facts = facts.size();
  for (size_t i = 0; i < facts.size(); ++i) {
    if (is_right(continuation(session, facts[i]), facts[i].answer)) {
      score.right++;
    } else {
      score.wrong.push_back(i);
    }
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(facts.size()));
  }
  return score;
}

}  // namespace nibble::offline
