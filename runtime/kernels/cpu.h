// Which kernel tables this build has, which of them this CPU can run, and the best one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/kernels/kernels.h"

namespace nibble {

/// CPU features that kernel tables ask for, as found by the CPU and enabled by the system.
enum CpuFeature : uint64_t {
  kCpuAvx2 = 1 << 0,  ///< AVX2 and F16C, state enabled in XCR0
  kCpuAvxVnni = 1 << 1,
  kCpuAvx512Vnni = 1 << 2,  ///< AVX-512 F, BW, VL, VNNI, state enabled in XCR0
  kCpuNeon = 1 << 3,
  kCpuDotprod = 1 << 4,
  kCpuI8mm = 1 << 5,
  kCpuRvv = 1 << 6,     ///< RISC-V Vector 1.0
  kCpuSha256 = 1 << 7,  ///< x86's SHA extensions, ARMv8's FEAT_SHA256
};

/// CpuFeature bits of the CPU this runs on. Reads CPUID or ID registers, and adds what the platform
/// reported; never executes an instruction that could trap. Cost: microseconds; call once.
uint64_t cpu_features();

/// What the platform found and the CPU cannot be asked: kCpuRvv, known from a process's auxiliary
/// vector, misa in M-mode, a trap probe, or the device tree. Call before cpu_features(), once; a
/// bit without the feature behind it means a trap later.
void report_cpu_features(uint64_t features);

/// Every table compiled in, best first; "scalar" is always last.
Span<const Kernels* const> compiled_kernels();

/// The first compiled table whose features are all in `features`. Never null.
const Kernels* best_kernels(uint64_t features);

/// The compiled table of that name, or null.
const Kernels* find_kernels(Text name);

}  // namespace nibble
