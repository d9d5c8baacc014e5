// The options of `nibble pack` that leave the choice of method or schemes to the tool.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace nibble::offline {

/// `--method` of who wants the ladder.
inline constexpr const char* kAutoMethod = "auto";

struct TuneOptions {
  std::string validation;
  double max_loss_percent = 2;
  std::optional<double> target_loss_percent, target_bits;
  std::string target_size;
  std::string artifacts, report;

  /// Adds --validation, --max-loss, --target-loss, --target-size, --target-bits, --artifacts and
  /// --report.
  void add_to(CLI::App& command);
  bool has_target() const { return target_loss_percent || target_bits || !target_size.empty(); }
  /// Whether anything is to be chosen or judged.
  bool is_used(const std::string& method) const;
  /// Throws UsageError for options that contradict each other or lack one another.
  void check(const std::string& method) const;
};

}  // namespace nibble::offline
