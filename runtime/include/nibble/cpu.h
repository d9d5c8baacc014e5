// What this CPU can do, and what the build has for it: kernel sets, and SHA-256 by instruction.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

namespace nibble {

/// CPU features that kernel sets ask for, as found in the CPU and enabled by the system.
enum CpuFeature : uint64_t {
  kCpuAvx2 = 1 << 0,  ///< AVX2 and F16C, state enabled in XCR0
  kCpuAvxVnni = 1 << 1,
  kCpuAvx512Vnni = 1 << 2,  ///< AVX-512 F, BW, VL, VNNI, state enabled in XCR0
  kCpuNeon = 1 << 3,
  kCpuDotprod = 1 << 4,
  kCpuI8mm = 1 << 5,
  kCpuRvv = 1 << 6,     ///< RISC-V Vector 1.0
  kCpuSha256 = 1 << 7,  ///< x86's SHA extensions, ARMv8's FEAT_SHA256
  /// Reads memory faster as several streams than as one: Intel's CPUs.
  kCpuReadsStreams = 1 << 8,
};

/// CpuFeature bits of the CPU this runs on. Reads CPUID or ID registers, and adds what the platform
/// reported; never executes an instruction that could trap. Cost: microseconds; call once.
/// From any thread.
uint64_t cpu_features();

/// Reports the features that a CPU cannot be asked for, and replaces earlier reports: kCpuRvv,
/// which a platform knows from a process's auxiliary vector, misa in M-mode, a trap probe, or the
/// device tree. Call before the first cpu_features(), and before threads start, for which nothing
/// else is ordered by this call (the store is atomic). A bit without the feature behind it means a
/// trap later. nibble_platform_hosted calls this before main().
void report_cpu_features(uint64_t features);

/// Lets every hash from now on use the SHA-256 instructions among `features`, which use vector
/// registers. For those who may touch these at any time: nibble_platform_hosted calls this before
/// main(), bare images once their start-up code has enabled the registers. Inside an operating
/// system's kernel vector registers belong to the interrupted process: do not call this there,
/// unless all hashing is inside sections that save them.
/// From any thread, any number of times.
/// @param features  of cpu_features()
void use_best_sha256(uint64_t features);

/// A kernel set: the inner loops for one set of CPU features. A constant of the library.
struct Kernels;

/// Every kernel set of this build, best first; "scalar" is always last.
Span<const Kernels* const> compiled_kernels();
/// The kernel set of that name ("scalar", "avx2", …), for SessionConfig; null if this build has
/// none. runs_on() says whether a CPU runs it; Session::create() refuses it if not.
const Kernels* kernels_named(Text name);
/// The first of compiled_kernels() that runs on a CPU with `features`. Never null.
const Kernels* best_kernels(uint64_t features);
/// The name of a kernel set; a constant, terminated.
const char* kernels_name(const Kernels& kernels);
/// True when `features` has all that the set needs.
bool runs_on(const Kernels& kernels, uint64_t features);

}  // namespace nibble
