// The Weights section: every tensor of a network read, quantized and laid out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "offline/architectures/network.h"
#include "offline/quantize/quantizer.h"

namespace nibble::offline {

std::vector<format::TensorRecord> tensor_records(const Network& network);

/// The section's bytes. Beside them, memory use is a few megabytes per thread, and what the
/// quantizer's preparation of the matrices under way takes.
/// @param quantizer  of matrices that are not codes already, without statistics of their inputs
/// @param progress  called with the share done, 0 … 1
/// Throws InputError, naming tensor and row, for weights that are not finite or too large.
std::vector<uint8_t> build_weights(const Network& network, const Quantizer& quantizer,
                                   const std::function<void(double)>& progress);

}  // namespace nibble::offline
