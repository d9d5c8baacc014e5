// The AVX2 table: the generic algorithms over eight-lane x86 registers.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <immintrin.h>
#include <nibble/cpu.h>

namespace nibble::avx2 {
inline constexpr char kName[] = "avx2";
inline constexpr uint64_t kRequiredFeatures = kCpuAvx2;

// clang-format off: each header uses those before it
#include "runtime/kernels/avx2/vec.h"
#include "runtime/kernels/avx2/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::avx2
