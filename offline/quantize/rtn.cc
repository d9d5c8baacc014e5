// Round to nearest: each weight becomes the nearest code of its group's grid.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/nearest_codes.h"

namespace nibble::offline {
namespace {

class RoundToNearest final : public Quantizer {
 public:
  std::string name() const override { return "round to nearest"; }
  std::unique_ptr<MatrixQuantizer> prepare(const Scheme& scheme, uint32_t columns,
                                           const InputStatistics*) const override {
    return nearest_codes(scheme, columns,
                         [type = scheme.type](std::span<const float> group, uint32_t,
                                              uint32_t row) { return fit_grid(type, group, row); });
  }
};

}  // namespace

std::unique_ptr<Quantizer> make_round_to_nearest() {
  return std::make_unique<RoundToNearest>();
}

}  // namespace nibble::offline
