// The keys of rotary positions: base, part of a head, scaling.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>

#include "offline/export/export_source.h"
#include "offline/export/model_keys.h"
#include "offline/export/rotary_keys.h"

namespace nibble::offline {

/// Scaling by a formula that is known stays one; what a program alone says becomes a factor per
/// wave.
class ScalingKeys {
 public:
  /// The arguments outlive this.
  ScalingKeys(const ExportSource& source, const GgufFamily& family, ModelKeys& out);

  /// Throws InputError where waves have factors that the family cannot have.
  void add_tables();
  /// @param magnitude  what sines and cosines are multiplied by
  /// @returns false where the family has no key for one other than 1
  bool add_magnitude(double magnitude);

 private:
  void add_table(const TensorPlan& plan, bool is_local);
  void add_yarn(const RotarySettings& rotary);
  void add_longrope(const RotarySettings& rotary);
  void add_factors(const RotaryBasis& basis);
  void add_lists(const std::vector<float>& factors);
  template <class T>
  void add(const char* key, T value) {
    out_.keys.add(std::string(family_.name) + ".rope." + key, value);
  }

  const ExportSource& source_;
  const GgufFamily& family_;
  ModelKeys& out_;
  bool has_yarn_ = false, has_factors_ = false;
  double yarn_factor_ = 1;
};

}  // namespace nibble::offline
