// Quantizes a network block by block: every matrix is fitted to the inputs that the quantized
// network before it really makes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "offline/calibrate/matrix_quantization.h"
#include "offline/calibrate/token_samples.h"
#include "offline/formats/source_model.h"

namespace nibble::offline {

/// A way to quantize, as `nibble pack --method` names it.
struct CalibrationMethod {
  std::string_view name;
  std::string_view quantizer;  ///< one of quantizer_names()
  bool needs_text = false;     ///< There is no result without calibration.
  bool fold_scales = false;    ///< Scales are moved between layers first (AWQ).
  bool distill = false;        ///< The result is trained end to end (offline/distill/).
};
inline constexpr CalibrationMethod kCalibrationMethods[] = {
    {.name = "rtn", .quantizer = "rtn"},
    {.name = "search", .quantizer = "search", .needs_text = true},
    {.name = "gptq", .quantizer = "gptq", .needs_text = true},
    {.name = "awq", .quantizer = "search", .needs_text = true, .fold_scales = true},
    {.name = "awq+gptq", .quantizer = "gptq", .needs_text = true, .fold_scales = true},
    {.name = "distill", .quantizer = "gptq", .needs_text = true, .distill = true},
};
inline constexpr std::string_view kDefaultMethod = "rtn";
/// The names of all methods, in the order of the table.
std::vector<std::string> calibration_method_names();
/// Throws std::invalid_argument for a name that no method has.
const CalibrationMethod& calibration_method(std::string_view name);
/// As a blob's string Quantization names it: "round to nearest", "AWQ, GPTQ".
std::string method_text(const CalibrationMethod& method);

struct Calibrated {
  Network network;  ///< Every matrix's source holds codes and scales in the matrix's scheme.
  std::vector<TensorReport> report;  ///< in the order in which matrices were quantized
};

/// Replaces the source of every matrix by its quantized form, which build_weights() stores as it
/// is. A tied head is fitted to what the network's last norm makes before quantization, since its
/// rows are also the first thing that the network reads; all other matrices follow in the order of
/// the program, each stage (q, k and v; o; gate and up; down) fitted to inputs from everything
/// before it, quantized, run by the real kernels. Memory: the network as floats of 16 bits and
/// quantized, one stage's Hessians, and for each token of the samples the activations between two
/// blocks. The same samples give the same bytes for any number of threads.
/// @param source   the model that `network` was compiled from
/// @param samples  at least one window; each fits the model's context
/// Throws InputError for weights that are not finite or too large.
Calibrated calibrate(const SourceModel& source, Network network, const CalibrationMethod& method,
                     const TokenSamples& samples, const CalibrationOptions& options);

}  // namespace nibble::offline
