// The RISC-V Vector table: the generic algorithms over eight lanes of whatever registers there are.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <nibble/cpu.h>
#include <riscv_vector.h>

namespace nibble::rvv {
inline constexpr char kName[] = "rvv";
inline constexpr uint64_t kRequiredFeatures = kCpuRvv;

// clang-format off: each header uses those before it
#include "runtime/kernels/rvv/vec.h"
#include "runtime/kernels/rvv/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::rvv
