// Generates the model, and reads what cycles wrote.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/offline/cycle/cycle_folder.h"

#include <sstream>

#include "offline/cycle/tiny_checkpoint.h"
#include "tests/support/models.h"

namespace nibble::test {

using nlohmann::json;

CycleFolder::CycleFolder(const std::string& name) : name_(name) {
  std::filesystem::create_directory(folder_ / "models");
  const auto checkpoint = offline::write_tiny_checkpoint(folder_ / "models");
  std::filesystem::rename(checkpoint, folder_ / ("models/" + name + ".bin"));
}

std::vector<std::string> CycleFolder::arguments(const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {"cycle", "--models", folder_ / "models"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::set<std::string> CycleFolder::names() const {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "models")) {
    names.insert(entry.path().filename());
  }
  return names;
}

std::string CycleFolder::source_bytes() const {
  return read_file(folder_ / ("models/" + name_ + ".bin")) +
         read_file(folder_ / "models/tokenizer.bin");
}

std::vector<json> CycleFolder::events() const {
  std::vector<json> events;
  const auto path = folder_ / "models/quant_decisions.jsonl";
  if (!std::filesystem::exists(path)) return events;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) events.push_back(json::parse(line));
  return events;
}

/// Sums up by hand: the reader under test is not asked.
double CycleFolder::counted() const {
  std::istringstream lines(read_file(folder_ / "models/quant_cycle.prom"));
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("quant_cycle_decision_total{")) {
      sum += std::stod(line.substr(line.rfind(' ')));
    }
  }
  return sum;
}

}  // namespace nibble::test
