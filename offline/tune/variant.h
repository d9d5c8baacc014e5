// One way to quantize a model, carried out and judged.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "offline/pack/network_quantization.h"
#include "offline/tune/validation.h"

namespace nibble::offline {

/// A network as some method quantized it, and what a validation text says of it.
struct Variant {
  std::string name;       ///< such as "gptq" or "groups of 64"
  std::string method;     ///< one of kCalibrationMethods
  size_t samples = 0;     ///< windows that it was calibrated with
  double correction = 0;  ///< CalibrationOptions::correction, where the method corrects
  Network network;        ///< every matrix's source holds codes in its scheme
  double bits_per_weight = 0;
  uint64_t matrix_bytes = 0;
  std::vector<TensorReport> tensors;
  std::optional<DistillationResult> distillation;
  std::optional<BlobScore> score;  ///< without validation: nothing
  LossVerdict verdict = LossVerdict::Inconclusive;
  double seconds = 0;  ///< to quantize and to validate

  double loss_percent() const;        ///< of perplexity, as measured. @pre score
  double upper_loss_percent() const;  ///< what it surely stays below. @pre score
};

/// Every variant that was tried, in that order, and which one is taken.
class Trials {
 public:
  /// Keeps all but the network, which only a chosen variant still needs.
  void note(const Variant& variant);
  /// @param variant  that was noted, with its network
  void choose(Variant variant);

  const std::vector<Variant>& variants() const { return variants_; }
  /// Null where none was chosen.
  const Variant* chosen() const { return chosen_ ? &variants_[*chosen_] : nullptr; }

 private:
  std::vector<Variant> variants_;
  std::optional<size_t> chosen_;
};

/// Makes variants of one model that are judged by one text.
class VariantMaker {
 public:
  /// @param validation    null: variants are not judged
  /// @param calibration   its texts, sizes and seed are those of draw(); threads and progress of
  /// all
  /// @param distillation  of methods that train end to end
  VariantMaker(const SourceModel& source, const Validation* validation, double max_loss_percent,
               const CalibrationOptions& calibration, const DistillationOptions& distillation = {})
      : source_(source),
        validation_(validation),
        max_loss_percent_(max_loss_percent),
        calibration_(calibration),
        distillation_(distillation) {}

  /// The same, whose matrices do not make good the errors before them.
  VariantMaker without_correction() const;
  /// Throws InputError: whatever calibrate() and the runtime refuse.
  Variant make(const std::string& name, const CalibrationMethod& method,
               const SchemeChoice& schemes, const TokenSamples& samples) const;

  const SourceModel& source() const { return source_; }
  const CalibrationOptions& calibration() const { return calibration_; }
  /// Whether the user has interrupted a training: what there is by then has to do.
  bool is_interrupted() const { return distillation_.should_stop && distillation_.should_stop(); }
  double max_loss_percent() const { return max_loss_percent_; }

 private:
  void judge(Variant& variant) const;

  const SourceModel& source_;
  const Validation* validation_;
  double max_loss_percent_;
  CalibrationOptions calibration_;
  DistillationOptions distillation_;
};

/// The bytes of a matrix in a scheme, as a blob stores it uncompressed.
uint64_t matrix_bytes(const TensorPlan& plan, const Scheme& scheme);
/// The bytes of a blob beside its matrices, or a little more: tokenizer, vectors, tables.
/// @param reference  the model in F16
uint64_t bytes_beside_matrices(const SourceModel& source, const LoadedModel& reference);

}  // namespace nibble::offline
