// The AVX-512 VNNI table: AVX2's words with dot products of 16 rows a register.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

#include <immintrin.h>
#include <nibble/cpu.h>

namespace nibble::avx512vnni {
inline constexpr char kName[] = "avx512vnni";
inline constexpr uint64_t kRequiredFeatures = kCpuAvx2 | kCpuAvx512Vnni;

// clang-format off: words before what is said in them
#include "runtime/kernels/avx512vnni/vec.h"
#include "runtime/kernels/avx512vnni/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::avx512vnni
