// Values of GGUF blocks in double precision, in the loops of the published formulas.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nibble::test {

/// One block's values by the number of its type. Halves that are not finite give what they give.
std::vector<double> reference_block(uint32_t type, std::span<const uint8_t> block);

}  // namespace nibble::test
