// The integer sums of one group on AVX-VNNI: 8 rows a register.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/lanes.inl.h"
#include "runtime/kernels/x86/codes256.h"
#include "runtime/kernels/x86/prefetch.h"

inline constexpr uint32_t kMatMulTokens = 4;
/// The longest vectors (generic/lanes.inl.h).
using WideLanes = Lanes8;

inline Codes add_products(Codes sums, Codes u, Codes s) {
  return _mm256_dpbusd_avx_epi32(sums, u, s);
}

#include "runtime/kernels/x86/dot_vnni.h"
