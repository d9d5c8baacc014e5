// Which kernel tables this build has, which of them this CPU can run, and the best one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/kernels/kernels.h"

namespace nibble {

/// CPU features that kernel tables ask for, as found by the CPU and enabled by the system.
enum CpuFeature : uint64_t {
  kCpuAvx2 = 1 << 0,       ///< AVX2 and F16C, state enabled in XCR0
  kCpuAvxVnni = 1 << 1,
  kCpuAvx512Vnni = 1 << 2, ///< AVX-512 F, BW, VL, VNNI, state enabled in XCR0
  kCpuNeon = 1 << 3,
  kCpuDotprod = 1 << 4,
  kCpuI8mm = 1 << 5,
  kCpuRvv = 1 << 6,        ///< RISC-V Vector 1.0
};

/// CpuFeature bits of the CPU this runs on. Reads CPUID, ID registers or what the platform says;
/// never executes an instruction that could trap. Cost: microseconds; call once.
uint64_t cpu_features();

/// Every table compiled in, best first; "scalar" is always last.
Span<const Kernels* const> compiled_kernels();

/// The first compiled table whose features are all in `features`. Never null.
const Kernels* best_kernels(uint64_t features);

/// The compiled table of that name, or null.
const Kernels* find_kernels(Text name);

}  // namespace nibble
