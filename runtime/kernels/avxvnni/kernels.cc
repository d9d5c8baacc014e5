// The AVX-VNNI table: AVX2's vector operations with dot products of four bytes a lane.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <immintrin.h>
#include <nibble/cpu.h>

namespace nibble::avxvnni {
inline constexpr char kName[] = "avxvnni";
inline constexpr uint64_t kRequiredFeatures = kCpuAvx2 | kCpuAvxVnni;

// clang-format off: each header uses those before it
#include "runtime/kernels/avx2/vec.h"
#include "runtime/kernels/avxvnni/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::avxvnni
