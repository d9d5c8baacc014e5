// Accuracy on a list of facts: does the greedy continuation of a prompt start with the answer?
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace nibble::offline {

struct Fact {
  std::string prompt, answer;
};

/// One JSON object {"prompt": …, "answer": …} a line. Throws InputError, naming file and line.
std::vector<Fact> read_facts(const std::filesystem::path& path);

struct FactScore {
  uint64_t facts = 0, right = 0;
  std::vector<size_t> wrong;  ///< indices
};

/// The prompt is encoded with the begin token if the model uses one; the answer is looked for after
/// the space that joins it to the prompt.
FactScore score_facts(Session& session, const std::vector<Fact>& facts,
                      const std::function<void(double done)>& progress);

}  // namespace nibble::offline
