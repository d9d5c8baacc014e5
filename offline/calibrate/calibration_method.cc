// Looks methods up.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/calibration_method.h"

#include <stdexcept>

#include "offline/quantize/quantizer.h"

namespace nibble::offline {

const CalibrationMethod& calibration_method(std::string_view name) {
  for (const CalibrationMethod& method : kCalibrationMethods) {
    if (method.name == name) return method;
  }
  throw std::invalid_argument("calibration_method: no method is named " + std::string(name));
}

std::vector<std::string> calibration_method_names() {
  std::vector<std::string> names;
  for (const CalibrationMethod& method : kCalibrationMethods) names.emplace_back(method.name);
  return names;
}

std::string method_text(const CalibrationMethod& method) {
  return (method.fold_scales ? "AWQ, " : "") + make_quantizer(method.quantizer)->name() +
         (method.train_blocks ? ", block-wise distillation" : "") +
         (method.distill ? ", distillation" : "");
}

}  // namespace nibble::offline
