// Takes the publisher's settings where the source has them, and what increments say where not.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/scaling_keys.h"

#include <cmath>

#include "offline/files/input_error.h"
#include "offline/formats/gguf/gguf_rotary.h"

namespace nibble::offline {
namespace {

/// llama.cpp knows no others.
bool has_usual_ramp(const RotarySettings& rotary) {
  const RotarySettings usual;
  return rotary.rounds_ramp && rotary.fast_turns == usual.fast_turns &&
         rotary.slow_turns == usual.slow_turns;
}

}  // namespace

ScalingKeys::ScalingKeys(const ExportSource& source, const GgufFamily& family, ModelKeys& out)
    : source_(source), family_(family), out_(out) {}

void ScalingKeys::add_tables() {
  bool is_local = false;
  for (const TensorPlan& plan : source_.network.tensors) {
    if (plan.role != format::Role::Rotary) continue;
    add_table(plan, is_local);
    is_local = true;  // the second one is that of windows
  }
}

void ScalingKeys::add_table(const TensorPlan& plan, bool is_local) {
  RotaryBasis basis = rotary_basis(plan.increments);
  if (is_local) {
    if (basis.linear_factor != 1 || !basis.factors.empty()) {
      throw InputError(source_.architecture,
                       "scales the positions of windows, which GGUF does not");
    }
    return add("freq_base_swa", static_cast<float>(basis.theta));
  }
  add("dimension_count", static_cast<uint32_t>(2 * plan.increments.size()));
  const RotarySettings* const rotary = source_.rotary.empty() ? nullptr : &source_.rotary.front();
  const bool is_known =
      rotary != nullptr && (rotary->scaling == RopeScaling::LongRope ||
                            (rotary->scaling == RopeScaling::Yarn && has_usual_ramp(*rotary)));
  add("freq_base", static_cast<float>(is_known ? rotary->theta : basis.theta));
  if (is_known && rotary->scaling == RopeScaling::Yarn) return add_yarn(*rotary);
  if (is_known) return add_longrope(*rotary);
  if (!basis.factors.empty()) return add_factors(basis);
  if (basis.linear_factor == 1) return;
  add("scaling.type", "linear");
  add("scaling.factor", static_cast<float>(basis.linear_factor));
}

void ScalingKeys::add_yarn(const RotarySettings& rotary) {
  add("scaling.type", "yarn");
  add("scaling.factor", static_cast<float>(rotary.factor));
  add("scaling.original_context_length", rotary.original_context);
  has_yarn_ = true;
  yarn_factor_ = rotary.factor;
}

void ScalingKeys::add_longrope(const RotarySettings& rotary) {
  add("scaling.type", "longrope");
  add("scaling.original_context_length", rotary.original_context);
  add_lists({rotary.pair_factors.begin(), rotary.pair_factors.end()});
}

/// Only one of the two is in use in this context, so both hold the same.
void ScalingKeys::add_lists(const std::vector<float>& factors) {
  out_.tensors.push_back({kLongFactors, factors});
  out_.tensors.push_back({kShortFactors, factors});
  has_factors_ = true;
}

void ScalingKeys::add_factors(const RotaryBasis& basis) {
  if (family_.has_wave_factors) {
    out_.tensors.push_back({kWaveFactors, basis.factors});
    has_factors_ = true;
    return;
  }
  if (!family_.has_factor_lists) {
    throw InputError(source_.architecture, "has factors of rotary waves, which GGUF's " +
                                               std::string(family_.name) + " has no tensor for");
  }
  add("scaling.type", "longrope");
  add_lists(basis.factors);
}

bool ScalingKeys::add_magnitude(double magnitude) {
  // llama.cpp gives YaRN its published magnitude, and multiplies it by the key's.
  const double factor = has_yarn_ ? magnitude / yarn_magnitude(yarn_factor_) : magnitude;
  const bool is_one = std::fabs(factor - 1) < 1e-6;
  if (!is_one && !has_factors_ && !has_yarn_) return false;
  if (has_factors_ || !is_one) add("scaling.attn_factor", static_cast<float>(is_one ? 1 : factor));
  return true;
}

}  // namespace nibble::offline
