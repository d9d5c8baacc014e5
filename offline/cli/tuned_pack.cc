// Draws samples, tries variants, writes the one that was chosen.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/tuned_pack.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/option_values.h"
#include "offline/cli/pack_report.h"
#include "offline/cli/standard_output.h"
#include "offline/evaluate/text_overlap.h"
#include "offline/files/output_file.h"
#include "offline/report/text_table.h"
#include "offline/tune/artifacts.h"
#include "offline/tune/mixed_precision.h"
#include "offline/tune/trial_json.h"
#include "offline/tune/tuning_report.h"

namespace nibble::offline {
namespace {

class TunedPacking {
 public:
  TunedPacking(const SourceModel& model, const PackOptions& options, const TunedPack& request)
      : model_(model),
        options_(options),
        request_(request),
        calibration_(options.calibration),
        reference_(build_model(model, model.compile_as_f16())) {
    calibration_.progress = options.progress;
    if (!request.tune.validation.empty()) {
      validation_.emplace(model, reference_->loaded(), request.tune.validation, request.session,
                          calibration_.threads);
    }
  }

  ExitStatus run() {
    try_variants();
    if (!request_.tune.report.empty()) {
      write_tuning_report(request_.tune.report, model_.provenance.name, trials_, *validation_,
                          max_loss_percent());
    }
    if (trials_.chosen() == nullptr) return report_failure();
    report_success(write_outputs());
    const bool is_missed = validation_ && trials_.chosen()->verdict != LossVerdict::Passed;
    return is_missed ? ExitStatus::BarMissed : ExitStatus::Ok;
  }

 private:
  double max_loss_percent() const {
    return request_.tune.target_loss_percent.value_or(request_.tune.max_loss_percent);
  }
  const Tokenizer& tokenizer() const { return reference_->loaded().model().tokenizer(); }
  void show(const Variant& variant) const {
    if (!request_.json) print_now(variant_text(variant) + "\n");
  }

  void try_variants() {
    const VariantMaker maker(model_, validation_ ? &*validation_ : nullptr, max_loss_percent(),
                             calibration_, options_.distillation);
    if (request_.method == kAutoMethod) {
      trials_ =
          climb_ladder(maker, tokenizer(), options_.schemes(), request_.session,
                       request_.end_to_end, [this](const Variant& variant) { show(variant); });
      return;
    }
    const TokenSamples samples = draw_for(model_, tokenizer(), calibration_);
    if (request_.tune.has_target()) return reach_target(maker, samples);
    try_one(maker, request_.method, options_.schemes(), samples);
  }

  void try_one(const VariantMaker& maker, const std::string& name, const SchemeChoice& schemes,
               const TokenSamples& samples) {
    Variant variant = maker.make(name, calibration_method(request_.method), schemes, samples);
    show(variant);
    trials_.note(variant);
    trials_.choose(std::move(variant));
  }

  void reach_target(const VariantMaker& maker, const TokenSamples& samples) {
    const MixedPrecision precision(measure_sensitivity(model_, allocated_schemes(),
                                                       calibration_method(request_.method), samples,
                                                       request_.session, calibration_));
    if (!request_.tune.target_loss_percent) {
      const SchemePlan plan = plan_for_size(precision);
      const std::string name = "mixed, " + decimal(plan.bits_per_weight, 2) + " bits";
      return try_one(maker, name, plan.schemes, samples);
    }
    auto smallest = find_smallest(precision, maker, calibration_method(request_.method), samples,
                                  [this](const Variant& variant) {
                                    show(variant);
                                    trials_.note(variant);
                                  });
    if (smallest) trials_.choose(std::move(*smallest));
  }

  /// Throws UsageError, naming the sizes there are, for one below them.
  SchemePlan plan_for_size(const MixedPrecision& precision) const {
    const uint64_t other_bytes = bytes_beside_matrices(model_, reference_->loaded());
    if (request_.tune.target_bits) {
      if (const auto plan = precision.within_bits(*request_.tune.target_bits)) return *plan;
      throw UsageError("--target-bits " + decimal(*request_.tune.target_bits, 3) +
                       ": this model takes from " + decimal(precision.least_bits(), 3) + " to " +
                       decimal(precision.most_bits(), 3) + " bits per weight");
    }
    const uint64_t bytes = parse_bytes("--target-size", request_.tune.target_size);
    if (const auto plan = precision.within_bytes(bytes - std::min(bytes, other_bytes)))
      return *plan;
    throw UsageError("--target-size " + request_.tune.target_size + ": this model takes from " +
                     grouped(precision.least_bytes() + other_bytes) + " to " +
                     grouped(precision.most_bytes() + other_bytes) + " bytes");
  }

  PackedBlob write_outputs() const {
    const Variant& chosen = *trials_.chosen();
    std::optional<PackedBlob> packed;
    if (!request_.tune.artifacts.empty()) {
      packed =
          write_artifacts({model_, request_.source, trials_, *validation_, request_.tune.validation,
                           max_loss_percent(), options_, request_.session, request_.tool},
                          request_.tune.artifacts);
    }
    if (!request_.output.empty()) {
      packed = pack_network(model_, chosen.network, method_text(calibration_method(chosen.method)),
                            options_, request_.output);
    }
    packed->distillation = chosen.distillation;
    return *packed;
  }

  void report_success(const PackedBlob& packed) const {
    const std::string path =
        request_.output.empty() ? request_.tune.artifacts + "/model.nbl" : request_.output;
    if (!request_.json) return print("\n" + pack_text(path, packed));
    nlohmann::ordered_json json = pack_json(path, packed, options_.budget_bytes);
    json.update(trials_json(trials_));
    print_json(json);
  }

  ExitStatus report_failure() const {
    const std::string advice = recommendation(trials_, max_loss_percent());
    if (request_.json) {
      nlohmann::ordered_json json = trials_json(trials_);
      json["recommendation"] = advice;
      print_json(json);
    } else {
      print("\n" + advice + "\n");
    }
    return ExitStatus::BarMissed;
  }

  const SourceModel& model_;
  const PackOptions& options_;
  const TunedPack& request_;
  CalibrationOptions calibration_;
  std::unique_ptr<BuiltModel> reference_;
  std::optional<Validation> validation_;
  Trials trials_;
};

}  // namespace

ExitStatus run_tuned_pack(const SourceModel& model, const PackOptions& options,
                          const TunedPack& request) {
  if (!request.tune.validation.empty()) {
    require_disjoint(options.calibration.texts, request.tune.validation);
  }
  // What cannot be written is refused before the work, not behind it.
  if (!request.tune.artifacts.empty()) (void)OutputFolder(request.tune.artifacts);
  return TunedPacking(model, options, request).run();
}

}  // namespace nibble::offline
