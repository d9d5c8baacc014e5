// The rungs, one after the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/ladder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "offline/tune/mixed_precision.h"

namespace nibble::offline {
namespace {

using format::Role;
using format::TensorType;

bool is_attention(Role role) {
  return role == Role::Query || role == Role::Key || role == Role::Value ||
         role == Role::AttentionOutput;
}
bool is_any(Role) {
  return true;
}

/// The same schemes, INT4 in smaller groups.
SchemeChoice with_group(const SchemeChoice& schemes, uint32_t group) {
  return [schemes, group](Role role, uint16_t layer) {
    Scheme scheme = schemes(role, layer);
    const bool is_int4 = scheme.type == TensorType::Int4 || scheme.type == TensorType::Int4Zero;
    if (is_int4) scheme.group = std::min(scheme.group, group);
    return scheme;
  };
}

/// The same schemes, INT4 replaced by INT8 in some roles.
SchemeChoice with_int8(const SchemeChoice& schemes, bool (*has_int8)(Role)) {
  return [schemes, has_int8](Role role, uint16_t layer) {
    const Scheme scheme = schemes(role, layer);
    const bool is_raised = has_int8(role) && scheme.type != TensorType::F16;
    return is_raised ? Scheme{TensorType::Int8, scheme.group} : scheme;
  };
}

class Ladder {
 public:
  Ladder(const VariantMaker& maker, const Tokenizer& tokenizer, SchemeChoice schemes,
         const SessionConfig& session, const std::function<void(const Variant&)>& report)
      : maker_(maker),
        plain_(maker.without_correction()),
        tokenizer_(tokenizer),
        schemes_(std::move(schemes)),
        session_(session),
        report_(report),
        samples_(draw(1)) {}

  Trials climb(EndToEnd end_to_end) {
    (void)(methods() || more_samples() || corrected() || smaller_groups() || mixed() || int8() ||
           (end_to_end == EndToEnd::Yes && trained()));
    return std::move(trials_);
  }

 private:
  // Each returns whether one of its rungs has passed.
  bool methods() {
    return std::ranges::any_of(kCalibrationMethods, [this](const CalibrationMethod& method) {
      const bool trains = method.train_blocks || method.distill;
      return !trains && rung(plain_, std::string(method.name), method, schemes_);
    });
  }
  bool more_samples() {
    TokenSamples more = draw(2);
    if (more.windows.size() <= samples_.windows.size()) return false;
    samples_ = std::move(more);
    return rung(plain_, "more calibration", best_method(), schemes_);
  }
  bool corrected() {
    const CalibrationMethod& best = best_method();
    const CalibrationMethod& corrects = best.corrects ? best : calibration_method("gptq");
    const bool may_correct = maker_.calibration().correction > 0;
    return (may_correct && rung(maker_, "correction", corrects, schemes_)) ||
           rung(maker_, "trained block by block", calibration_method("gptq+blocks"), schemes_);
  }
  bool smaller_groups() {
    return rung(maker_, "groups of 64", best_method(), with_group(schemes_, 64)) ||
           rung(maker_, "groups of 32", best_method(), with_group(schemes_, 32));
  }
  bool mixed() {
    const MixedPrecision precision(measure_sensitivity(maker_.source(), allocated_schemes(),
                                                       best_method(), samples_, session_,
                                                       maker_.calibration()));
    auto smallest = find_smallest(precision, maker_, best_method(), samples_,
                                  [this](const Variant& variant) { note(variant); });
    if (!smallest) return false;
    trials_.choose(std::move(*smallest));
    return true;
  }
  bool int8() {
    const SchemeChoice fine = with_group(schemes_, 32);
    return rung(maker_, "attention int8", best_method(), with_int8(fine, is_attention)) ||
           rung(maker_, "all int8", best_method(), with_int8(schemes_, is_any));
  }

  bool trained() {
    return rung(maker_, "trained end to end", calibration_method("distill"),
                with_int8(schemes_, is_any));
  }

  bool rung(const VariantMaker& maker, const std::string& name, const CalibrationMethod& method,
            const SchemeChoice& schemes) {
    Variant variant = maker.make(name, method, schemes, samples_);
    note(variant);
    if (variant.verdict != LossVerdict::Passed) return false;
    trials_.choose(std::move(variant));
    return true;
  }

  void note(const Variant& variant) {
    report_(variant);
    trials_.note(variant);
  }

  /// Of the methods that were tried, the one that lost least.
  const CalibrationMethod& best_method() const {
    const auto loss = [](const Variant& variant) {
      return variant.score->distance->ln_perplexity_ratio;
    };
    return calibration_method(std::ranges::min_element(trials_.variants(), {}, loss)->method);
  }

  TokenSamples draw(uint32_t times) const {
    return draw_for(maker_.source(), tokenizer_, maker_.calibration(), times);
  }

  const VariantMaker& maker_;
  const VariantMaker plain_;
  const Tokenizer& tokenizer_;
  SchemeChoice schemes_;
  SessionConfig session_;
  const std::function<void(const Variant&)>& report_;
  TokenSamples samples_;
  Trials trials_;
};

}  // namespace

Trials climb_ladder(const VariantMaker& maker, const Tokenizer& tokenizer,
                    const SchemeChoice& schemes, const SessionConfig& session, EndToEnd end_to_end,
                    const std::function<void(const Variant&)>& report) {
  return Ladder(maker, tokenizer, schemes, session, report).climb(end_to_end);
}

}  // namespace nibble::offline
