// Tables of variants and matrices.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/tuning_report.h"

#include <algorithm>

#include "offline/files/output_file.h"
#include "offline/report/markdown.h"
#include "offline/report/names.h"
#include "offline/report/text_table.h"
#include "offline/tune/loss_plot.h"
#include "offline/tune/trial_json.h"

namespace nibble::offline {
namespace {

std::string variants_table(const Trials& trials) {
  std::string text = markdown_row({"variant", "method", "windows", "bits per weight", "mean KL",
                                   "loss", "at most", "verdict", "seconds"}) +
                     "|---|---|---:|---:|---:|---:|---:|---|---:|\n";
  for (const Variant& variant : trials.variants()) {
    text += markdown_row(
        {variant.name, variant.method, std::to_string(variant.samples),
         decimal(variant.bits_per_weight, 3), decimal(variant.score->distance->kl.mean, 6),
         decimal(variant.loss_percent(), 3) + " %", decimal(variant.upper_loss_percent(), 3) + " %",
         verdict_name(variant.verdict), decimal(variant.seconds, 1)});
  }
  return text;
}

std::string matrices_table(const Variant& variant) {
  std::string text = markdown_row({"matrix", "scheme", "bits", "error, rounded to nearest",
                                   "error, as stored", "remark"}) +
                     "|---|---|---:|---:|---:|---|\n";
  for (const TensorReport& tensor : variant.tensors) {
    const auto bits = tensor.scheme.type == format::TensorType::Int8 ? "8" : "4";
    text += markdown_row({"`" + tensor.tensor + "`",
                          scheme_name(tensor.scheme.type, tensor.scheme.group),
                          tensor.scheme.type == format::TensorType::F16 ? "16" : bits,
                          decimal(tensor.nearest_loss, 6), decimal(tensor.loss, 6), tensor.remark});
  }
  return text;
}

std::vector<PlotPoint> points_of(const Trials& trials) {
  std::vector<PlotPoint> points;
  for (const Variant& variant : trials.variants()) {
    points.push_back({variant.name, variant.bits_per_weight, variant.loss_percent(),
                      variant.verdict == LossVerdict::Passed});
  }
  return points;
}

std::string verdict_sentence(const Trials& trials, double max_loss_percent) {
  const Variant* const chosen = trials.chosen();
  if (chosen == nullptr) return "Nothing was chosen: " + recommendation(trials, max_loss_percent);
  return "Chosen: " + variant_text(*chosen) + ".";
}

/// The chosen variant, or the one that lost least.
const Variant& told_of(const Trials& trials) {
  if (trials.chosen() != nullptr) return *trials.chosen();
  return *std::ranges::min_element(trials.variants(), {}, &Variant::loss_percent);
}

}  // namespace

void write_tuning_report(const std::filesystem::path& path, const std::string& model_name,
                         const Trials& trials, const Validation& validation,
                         double max_loss_percent) {
  const std::filesystem::path plot = std::filesystem::path(path).replace_extension(".svg");
  const Variant& told = told_of(trials);
  write_output_file(plot, loss_plot(points_of(trials), max_loss_percent));
  write_output_file(
      path, "# Quantization of " + model_name + "\n\n" +
                verdict_sentence(trials, max_loss_percent) + "\n\nBar: perplexity at most " +
                decimal(max_loss_percent, 2) +
                " % above the f16 model's, with a confidence of 97.5 %. Validation text "
                "SHA-256 " +
                validation.text_sha256() + "; " + validation.protocol().text() + ".\n\n" +
                variants_table(trials) + "\n![Loss against bits per weight](" +
                plot.filename().string() + ")\n\n## Matrices of '" + told.name +
                "'\n\nErrors are those of a matrix's output on the calibration text, "
                "squared, relative to the output.\n\n" +
                matrices_table(told));
}

}  // namespace nibble::offline
