// What an evaluation found, as a table and as JSON, with the protocol it holds for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "offline/evaluate/fact_scores.h"
#include "offline/evaluate/perplexity.h"

namespace nibble::offline {

/// Every list has one element per blob; a list that was not asked for is empty.
struct EvalReport {
  std::vector<std::string> blobs;  ///< the reference, if any, last
  std::string reference;           ///< "" without one

  std::string text, text_sha256;
  ScoreProtocol protocol;
  std::vector<BlobScore> scores;

  std::string facts_file;
  std::vector<Fact> facts;
  std::vector<FactScore> fact_scores;
};

std::string eval_text(const EvalReport& report);
nlohmann::ordered_json eval_json(const EvalReport& report);

}  // namespace nibble::offline
