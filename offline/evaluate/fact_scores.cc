// Reads facts, continues their prompts, and adds up what their answers' tokens are worth.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/fact_scores.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/evaluate/log_softmax.h"
#include "offline/evaluate/statistics.h"
#include "offline/files/input_error.h"
#include "offline/files/json_lines.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {
namespace {

std::string text_member(const nlohmann::json& fact, const char* member, const std::string& where) {
  const auto found = fact.is_object() ? fact.find(member) : fact.end();
  if (!fact.is_object() || found == fact.end() || !found->is_string() ||
      found->get_ref<const std::string&>().empty()) {
    throw InputError(where + ": /" + member, "must be a text that is not empty");
  }
  return found->get<std::string>();
}

/// The greedy continuation, as long as the answer or until the reply ends.
std::string continuation(Generator& generator, const Fact& fact, const std::string& where) {
  generator.reset();
  value_or_throw(generator.prompt({fact.prompt.data(), fact.prompt.size()}), where);
  std::string text;
  EndReason end = EndReason::None;
  while (text.size() < fact.answer.size() + 1 && end == EndReason::None) {
    const ReplyPart part = value_or_throw(generator.next(), where);
    text.append(part.text.data(), part.text.size());
    end = part.end;
  }
  return text;
}

bool is_right(const std::string& text, const std::string& answer) {
  const size_t begin = text.starts_with(' ') ? 1 : 0;
  return text.compare(begin, answer.size(), answer) == 0;
}

/// The tokens of prompt and answer, and how many of them are the prompt's: where the answer's first
/// character merges with the prompt's last, the merged token counts as the answer's.
struct JoinedTokens {
  std::vector<Token> tokens;
  size_t prompt_tokens = 0;
};

JoinedTokens join(const Tokenizer& tokenizer, const Fact& fact) {
  const std::vector<Token> prompt = encode(tokenizer, fact.prompt, EncodeMode::Prompt);
  JoinedTokens joined{encode(tokenizer, fact.prompt + " " + fact.answer, EncodeMode::Prompt)};
  const auto differ = std::ranges::mismatch(prompt, joined.tokens).in1 - prompt.begin();
  joined.prompt_tokens = std::max<size_t>(static_cast<size_t>(differ), 1);
  return joined;
}

double answer_nll(Generator& generator, const Fact& fact, const std::string& where) {
  const JoinedTokens joined = join(generator.session().model().tokenizer(), fact);
  const Span<const Token> tokens(joined.tokens.data(), joined.tokens.size());
  generator.reset();
  value_or_throw(generator.append(tokens.first(joined.prompt_tokens)), where);
  double nll = 0;
  for (size_t i = joined.prompt_tokens; i < tokens.size(); ++i) {
    value_or_throw(generator.step(Session::kAllTiles), where);
    nll -=
        LogSoftmax(value_or_throw(generator.session().logits(), where)).log_probability(tokens[i]);
    if (i + 1 < tokens.size()) value_or_throw(generator.append(tokens.slice(i, 1)), where);
  }
  return nll;
}

}  // namespace

std::vector<Fact> read_facts(const std::filesystem::path& path) {
  std::vector<Fact> facts;
  read_json_lines(path, "facts", [&](const nlohmann::json& fact, const std::string& where) {
    facts.push_back({text_member(fact, "prompt", where), text_member(fact, "answer", where)});
  });
  return facts;
}

std::vector<std::string> read_prompts(const std::filesystem::path& path) {
  std::vector<std::string> prompts;
  read_json_lines(path, "prompts", [&](const nlohmann::json& line, const std::string& where) {
    prompts.push_back(text_member(line, "prompt", where));
  });
  return prompts;
}

size_t longest_prompt_bytes(const std::vector<Fact>& facts) {
  size_t longest = 0;
  for (const Fact& fact : facts) longest = std::max(longest, fact.prompt.size());
  return longest;
}

FactSummary summarize(const std::vector<AnswerScore>& answers) {
  BlockedMean nll;
  size_t right = 0;
  for (const AnswerScore& answer : answers) {
    nll.add(answer.nll);
    nll.end_block();
    right += answer.is_right ? 1 : 0;
  }
  return {answers.size(), right, nll.mean(), nll.standard_error()};
}

NllDifference nll_difference(const std::vector<AnswerScore>& reference,
                             const std::vector<AnswerScore>& other) {
  BlockedMean difference;
  for (size_t i = 0; i < other.size(); ++i) {
    difference.add(other[i].nll - reference[i].nll);
    difference.end_block();
  }
  return {difference.mean(), difference.standard_error()};
}

std::vector<AnswerScore> score_facts(Generator& generator, const std::vector<Fact>& facts,
                                     const std::function<void(double done)>& progress) {
  std::vector<AnswerScore> scores;
  for (const Fact& fact : facts) {
    const std::string where = "prompt \"" + fact.prompt + '"';
    const bool right = is_right(continuation(generator, fact, where), fact.answer);
    scores.push_back({right, answer_nll(generator, fact, where)});
    if (progress) progress(static_cast<double>(scores.size()) / static_cast<double>(facts.size()));
  }
  return scores;
}

}  // namespace nibble::offline
