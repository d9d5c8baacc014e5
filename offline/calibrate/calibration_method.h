// The methods of quantization by the names that `nibble pack --method` takes: one table.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nibble::offline {

/// A way to quantize, as `nibble pack --method` names it.
struct CalibrationMethod {
  std::string_view name;
  std::string_view quantizer;  ///< one of quantizer_names()
  bool needs_text = false;     ///< There is no result without calibration.
  bool fold_scales = false;    ///< Scales are moved between layers first (AWQ).
  bool corrects = false;       ///< Matrices make good the errors before them.
  bool train_blocks = false;   ///< Scales and norms are trained block by block (offline/distill/).
  bool distill = false;        ///< The result is trained end to end (offline/distill/).
};
inline constexpr CalibrationMethod kCalibrationMethods[] = {
    {.name = "rtn", .quantizer = "rtn"},
    {.name = "search", .quantizer = "search", .needs_text = true},
    {.name = "gptq", .quantizer = "gptq", .needs_text = true, .corrects = true},
    {.name = "awq", .quantizer = "clip", .needs_text = true, .fold_scales = true},
    {.name = "awq+gptq",
     .quantizer = "gptq",
     .needs_text = true,
     .fold_scales = true,
     .corrects = true},
    {.name = "gptq+blocks",
     .quantizer = "gptq",
     .needs_text = true,
     .corrects = true,
     .train_blocks = true},
    {.name = "distill", .quantizer = "gptq", .needs_text = true, .corrects = true, .distill = true},
};
inline constexpr std::string_view kDefaultMethod = "rtn";
/// The names of all methods, in the order of the table.
std::vector<std::string> calibration_method_names();
/// Throws std::invalid_argument for a name that no method has.
const CalibrationMethod& calibration_method(std::string_view name);
/// As a blob's string Quantization names it: "round to nearest", "AWQ, GPTQ".
std::string method_text(const CalibrationMethod& method);

}  // namespace nibble::offline
