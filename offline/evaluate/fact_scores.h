// Accuracy on a list of facts: does the greedy continuation of a prompt start with the answer?
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
size_t longest_prompt_bytes(const std::vector<Fact>& facts);

struct FactScore {
  uint64_t facts = 0, right = 0;
  std::vector<size_t> wrong;  ///< indices
};

/// The prompt is encoded with the begin token if the model uses one; the answer is looked for after
/// the space that joins it to the prompt.
/// @param generator  greedy, without stop texts; prompt_bytes of longest_prompt_bytes(facts)
FactScore score_facts(Generator& generator, const std::vector<Fact>& facts,
                      const std::function<void(double done)>& progress);

}  // namespace nibble::offline
