// Turns allocations into schemes, and closes in on the loss that may be predicted.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/mixed_precision.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

using format::TensorType;

std::vector<SchemeOptionList> options_of(const std::vector<MatrixOptions>& matrices) {
  std::vector<SchemeOptionList> options;
  for (const MatrixOptions& matrix : matrices) options.push_back(matrix.options);
  return options;
}

/// By how much training end to end lowers a loss, about: where to begin the search.
constexpr double kTrainingGain = 4;

/// The predicted losses between which the largest that passes lies.
class LossBracket {
 public:
  LossBracket(double least, double first_guess) : passing_(least), next_(first_guess) {}

  double next() const { return next_; }
  /// @param measured  what has to be at most `bar`
  void narrow(double predicted, double measured, double bar) {
    (measured <= bar ? passing_ : failing_) = predicted;
    next_ = measured > 0 ? predicted * bar / measured : predicted * 4;  // losses are proportional
    const bool is_bracketed = std::isfinite(failing_);
    if (next_ <= passing_) next_ = passing_ * (is_bracketed ? 1 : 1.1);
    if (is_bracketed && (next_ <= passing_ || next_ >= failing_)) {
      next_ = std::sqrt(std::max(passing_, failing_ / 16) * failing_);
    }
  }

 private:
  double passing_, failing_ = std::numeric_limits<double>::infinity(), next_;
};

}  // namespace

MixedPrecision::MixedPrecision(std::vector<MatrixOptions> matrices)
    : matrices_(std::move(matrices)), allocator_(options_of(matrices_)) {
  for (const MatrixOptions& matrix : matrices_) weights_ += matrix.weights;
}

double MixedPrecision::bits(uint64_t bytes) const {
  return 8.0 * static_cast<double>(bytes) / static_cast<double>(weights_);
}

std::optional<SchemePlan> MixedPrecision::within_bits(double bits_per_weight) const {
  const double bytes = bits_per_weight * static_cast<double>(weights_) / 8;
  return within_bytes(static_cast<uint64_t>(bytes));
}

std::optional<SchemePlan> MixedPrecision::within_bytes(uint64_t bytes) const {
  return plan(allocator_.within_bytes(bytes));
}

std::optional<SchemePlan> MixedPrecision::within_loss(double loss) const {
  return plan(allocator_.within_loss(loss));
}

std::optional<SchemePlan> MixedPrecision::plan(const std::optional<Allocation>& allocation) const {
  if (!allocation) return std::nullopt;
  std::map<std::pair<format::Role, uint16_t>, Scheme> chosen;
  for (size_t i = 0; i < matrices_.size(); ++i) {
    const MatrixOptions& matrix = matrices_[i];
    chosen[{matrix.role, matrix.layer}] = matrix.options[allocation->choices[i]].scheme;
  }
  return SchemePlan{
      [chosen](format::Role role, uint16_t layer) { return chosen.at({role, layer}); },
      allocation->loss, bits(allocation->bytes)};
}

std::vector<Scheme> allocated_schemes() {
  return {{TensorType::Int4, 128},     {TensorType::Int4, 64},     {TensorType::Int4, 32},
          {TensorType::Int4Zero, 128}, {TensorType::Int4Zero, 64}, {TensorType::Int4Zero, 32},
          {TensorType::Int8, 128},     {TensorType::Int8, 32}};
}

std::optional<SchemePlan> next_plan(const MixedPrecision& precision, double loss, double last_bits,
                                    bool has_passed) {
  const auto is_new = [&](const SchemePlan& plan) {
    return std::fabs(plan.bits_per_weight - last_bits) > kSearchTolerance * last_bits;
  };
  const auto plan = precision.within_loss(std::max(loss, precision.least_loss()));
  if (is_new(*plan)) return plan;
  if (has_passed) return std::nullopt;
  const auto larger = precision.within_bits(last_bits * (1 + 2 * kSearchTolerance));
  return larger && larger->bits_per_weight > last_bits ? larger : std::nullopt;
}

std::optional<Variant> find_smallest(const MixedPrecision& precision, const VariantMaker& maker,
                                     const CalibrationMethod& method, const TokenSamples& samples,
                                     const std::function<void(const Variant&)>& report) {
  const double bar = std::log1p(maker.max_loss_percent() / 100);
  // Training end to end takes away most of what calibration leaves, which is what was predicted.
  LossBracket bracket(precision.least_loss(), method.distill ? kTrainingGain * bar : bar);
  std::optional<Variant> smallest;
  double last_bits = 0;
  for (int trial = 0; trial < kMostTrials; ++trial) {
    const auto plan = next_plan(precision, bracket.next(), last_bits, smallest.has_value());
    if (!plan) break;
    last_bits = plan->bits_per_weight;
    Variant variant =
        maker.make("mixed, " + decimal(last_bits, 2) + " bits", method, plan->schemes, samples);
    report(variant);
    bracket.narrow(plan->predicted_loss, variant.score->distance->upper_ln_ratio(), bar);
    const bool is_smaller = !smallest || variant.matrix_bytes < smallest->matrix_bytes;
    if (variant.verdict == LossVerdict::Passed && is_smaller) smallest = std::move(variant);
    if (maker.is_interrupted()) break;
  }
  return smallest;
}

}  // namespace nibble::offline
