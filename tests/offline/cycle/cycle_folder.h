// A folder with a tiny model for cycles to work on, and what they leave in it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/support/command.h"

namespace nibble::test {

class CycleFolder {
 public:
  /// @param name  of the model
  explicit CycleFolder(const std::string& name = "tiny");

  /// The arguments of `nibble cycle` on the folder, with `more` behind them.
  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const;
  CommandResult run(const std::vector<std::string>& more = {}) const {
    return run_nibble(arguments(more));
  }

  std::string operator/(const std::string& name) const { return folder_ / name; }
  /// What is in the folder of models, hidden names included.
  std::set<std::string> names() const;
  /// Of the model's own files.
  std::string source_bytes() const;
  /// The lines of the file of events; every one is whole.
  std::vector<nlohmann::json> events() const;
  /// Decisions as the metrics count them, all results together.
  double counted() const;

 private:
  TemporaryFolder folder_;
  std::string name_;
};

}  // namespace nibble::test
