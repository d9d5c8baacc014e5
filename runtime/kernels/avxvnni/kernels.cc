// The AVX-VNNI table: AVX2's words with dot products of four bytes a lane.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <immintrin.h>
#include <nibble/cpu.h>

namespace nibble::avxvnni {
inline constexpr char kName[] = "avxvnni";
inline constexpr uint64_t kRequiredFeatures = kCpuAvx2 | kCpuAvxVnni;

// clang-format off: words before what is said in them
#include "runtime/kernels/avx2/vec.h"
#include "runtime/kernels/avxvnni/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::avxvnni
