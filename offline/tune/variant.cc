// Compiles, calibrates, adds up bytes, validates.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/variant.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

void add_sizes(Variant& variant) {
  uint64_t weights = 0;
  for (const TensorPlan& plan : variant.network.tensors) {
    if (!format::is_matrix(plan.scheme.type)) continue;
    weights += uint64_t{plan.rows} * plan.columns;
    variant.matrix_bytes += matrix_bytes(plan, plan.scheme);
  }
  variant.bits_per_weight =
      8.0 * static_cast<double>(variant.matrix_bytes) / static_cast<double>(weights);
}

}  // namespace

double Variant::loss_percent() const {
  return 100 * std::expm1(score->distance->ln_perplexity_ratio);
}

void Trials::note(const Variant& variant) {
  variants_.push_back(variant);
  variants_.back().network = {};
}

void Trials::choose(Variant variant) {
  const auto noted = std::ranges::find(variants_, variant.name, &Variant::name);
  chosen_ = static_cast<size_t>(noted - variants_.begin());
  *noted = std::move(variant);
}

double Variant::upper_loss_percent() const {
  return 100 * std::expm1(score->distance->upper_ln_ratio());
}

VariantMaker VariantMaker::without_correction() const {
  VariantMaker other = *this;
  other.calibration_.correction = 0;
  return other;
}

Variant VariantMaker::make(const std::string& name, const CalibrationMethod& method,
                           const SchemeChoice& schemes, const TokenSamples& samples) const {
  const auto start = std::chrono::steady_clock::now();
  CalibrationOptions named = calibration_;
  named.progress = [&](const std::string& stage, double done) {
    if (calibration_.progress) calibration_.progress(name + ": " + stage, done);
  };
  QuantizedNetwork quantized =
      quantize_network(source_, source_.compile(schemes), method, samples, named, distillation_);
  Variant variant;
  variant.name = name;
  variant.method = method.name;
  variant.samples = samples.windows.size();
  variant.correction = method.corrects ? calibration_.correction : 0;
  variant.network = std::move(quantized.network);
  variant.tensors = std::move(quantized.tensors);
  variant.distillation = quantized.distillation;
  add_sizes(variant);
  if (validation_ != nullptr) judge(variant);
  variant.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return variant;
}

void VariantMaker::judge(Variant& variant) const {
  variant.score = validation_->measure(variant.network, [&](double done) {
    if (calibration_.progress) calibration_.progress(variant.name + ": validate", done);
  });
  variant.verdict = judge_loss(*variant.score->distance, max_loss_percent_);
}

uint64_t matrix_bytes(const TensorPlan& plan, const Scheme& scheme) {
  const format::TensorRecord record{
      scheme.type, plan.role, plan.layer,  static_cast<uint16_t>(scheme.group),
      0,           plan.rows, plan.columns};
  return format::tensor_bytes(record).total().value();
}

uint64_t bytes_beside_matrices(const SourceModel& source, const LoadedModel& reference) {
  constexpr uint64_t kSelfTestBytes = 4096;  // the reference has next to none
  uint64_t bytes = reference.blob_bytes() + kSelfTestBytes;
  for (const TensorPlan& plan : source.compile_as_f16().tensors) {
    if (format::is_matrix(plan.scheme.type)) bytes -= matrix_bytes(plan, plan.scheme);
  }
  return bytes;
}

}  // namespace nibble::offline
