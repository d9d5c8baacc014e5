// The NEON table: the generic algorithms on what every ARMv8 CPU has.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <arm_neon.h>
#include <nibble/cpu.h>

namespace nibble::neon {
inline constexpr char kName[] = "neon";
inline constexpr uint64_t kRequiredFeatures = kCpuNeon;

// clang-format off: each header uses those before it
#include "runtime/kernels/neon/vec.h"
#include "runtime/kernels/neon/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::neon
