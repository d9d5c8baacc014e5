// The dotprod table: NEON's vector operations with dot products of four bytes a lane.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <arm_neon.h>
#include <nibble/cpu.h>

namespace nibble::dotprod {
inline constexpr char kName[] = "dotprod";
inline constexpr uint64_t kRequiredFeatures = kCpuNeon | kCpuDotprod;

// clang-format off: each header uses those before it
#include "runtime/kernels/neon/vec.h"
#include "runtime/kernels/dotprod/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::dotprod
