// What memory this process has taken, as the system counts it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>

namespace nibble::offline {

/// The largest resident set this process has had, in bytes; 0 where the system does not say.
uint64_t peak_resident_bytes();

}  // namespace nibble::offline
