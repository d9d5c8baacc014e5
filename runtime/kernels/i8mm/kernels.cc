// The i8mm table: the dotprod table, with matrix products where there are several tokens.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <arm_neon.h>
#include <nibble/cpu.h>

namespace nibble::i8mm {
inline constexpr char kName[] = "i8mm";
inline constexpr uint64_t kRequiredFeatures = kCpuNeon | kCpuDotprod | kCpuI8mm;

// clang-format off: each header uses those before it
#include "runtime/kernels/neon/vec.h"
#include "runtime/kernels/i8mm/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::i8mm
