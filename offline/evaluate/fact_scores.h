// Accuracy on a list of facts: does a model continue a prompt with the answer, and how likely is
// it?
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace nibble::offline {

struct Fact {
  std::string prompt, answer;
};

/// One JSON object {"prompt": …, "answer": …} per line. Throws InputError, naming file and line.
std::vector<Fact> read_facts(const std::filesystem::path& path);
/// The prompts of such a file, whose answers may be missing. Throws InputError.
std::vector<std::string> read_prompts(const std::filesystem::path& path);
size_t longest_prompt_bytes(const std::vector<Fact>& facts);

struct AnswerScore {
  bool is_right = false;  ///< The greedy continuation starts with the answer.
  double nll = 0;         ///< Of the answer's tokens behind the prompt, in nats.
};

/// How well one model knows a list of facts, and how much that is behind a reference.
struct FactSummary {
  size_t facts = 0, right = 0;
  double mean_nll = 0, standard_error_nll = 0;  ///< per answer; facts are taken as independent
  double accuracy() const { return static_cast<double>(right) / static_cast<double>(facts); }
};
FactSummary summarize(const std::vector<AnswerScore>& answers);

/// Mean paired difference of the answers' nll, other − reference. @pre scores of the same facts
struct NllDifference {
  double mean = 0, standard_error = 0;
};
NllDifference nll_difference(const std::vector<AnswerScore>& reference,
                             const std::vector<AnswerScore>& other);

/// One score per fact. The prompt is encoded with the begin token if the model uses one; a space
/// joins it to the answer.
/// @param generator  greedy, without stop texts; prompt_bytes of longest_prompt_bytes(facts)
/// Throws InputError, naming the prompt, when prompt and answer do not fit the context.
std::vector<AnswerScore> score_facts(Generator& generator, const std::vector<Fact>& facts,
                                     const std::function<void(double done)>& progress);

}  // namespace nibble::offline
