// What this CPU can do, asked without executing anything that could trap, and the tables of this
// build.
// SPDX-License-Identifier: MIT OR GPL-2.0-only

#include <nibble/cpu.h>

#include "runtime/kernels/kernels.h"

#ifndef NIBBLE_KERNEL_SETS
#error \
    "NIBBLE_KERNEL_SETS lists the kernel sets of this build, best first: NIBBLE_SET(avx2) NIBBLE_SET(scalar)"
#endif

#define NIBBLE_SET(name)       \
  namespace nibble::name {     \
  extern const Kernels kTable; \
  }
NIBBLE_KERNEL_SETS
#undef NIBBLE_SET

namespace nibble {
namespace {

#define NIBBLE_SET(name) &name::kTable,
constexpr const Kernels* kCompiled[] = {NIBBLE_KERNEL_SETS};
#undef NIBBLE_SET

bool equal(const char* name, Text text) {
  size_t i = 0;
  while (i < text.size() && name[i] != '\0' && name[i] == text[i]) ++i;
  return i == text.size() && name[i] == '\0';
}

#if defined(__x86_64__)

struct CpuId {
  uint32_t eax, ebx, ecx, edx;
};
CpuId cpu_id(uint32_t leaf, uint32_t subleaf) {
  CpuId result;
  __asm__("cpuid"
          : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
          : "a"(leaf), "c"(subleaf));
  return result;
}
/// Which register states the system saves; only with OSXSAVE.
uint64_t enabled_states() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}
constexpr bool has(uint64_t bits, uint64_t wanted) {
  return (bits & wanted) == wanted;
}

constexpr uint32_t kXsaveEnabled = 1u << 27, kAvx = 1u << 28, kF16c = 1u << 29;  // leaf 1 ecx
constexpr uint32_t kAvx2 = 1u << 5;                                              // leaf 7 ebx
constexpr uint32_t kAvx512FBwVl = 1u << 16 | 1u << 30 | 1u << 31;                // leaf 7 ebx
constexpr uint32_t kAvx512Vnni = 1u << 11;                                       // leaf 7 ecx
constexpr uint32_t kAvxVnni = 1u << 4;                                           // leaf 7.1 eax
constexpr uint64_t kYmmState = 0x06, kZmmState = 0xE6;                           // XCR0

constexpr uint32_t kGenu = 0x756E6547;           // leaf 0 ebx: the first letters of "GenuineIntel"
constexpr uint32_t kSse41 = 1u << 19 | 1u << 9;  // leaf 1 ecx: SSE4.1 and SSSE3
constexpr uint32_t kSha = 1u << 29;              // leaf 7 ebx

uint64_t probe_avx(uint32_t leaf1_ecx, const CpuId& leaf7) {
  if (!has(leaf1_ecx, kXsaveEnabled | kAvx | kF16c)) return 0;
  const uint64_t states = enabled_states();
  if (!has(states, kYmmState) || !has(leaf7.ebx, kAvx2)) return 0;
  uint64_t features = kCpuAvx2;
  if (leaf7.eax >= 1 && has(cpu_id(7, 1).eax, kAvxVnni)) features |= kCpuAvxVnni;
  if (has(states, kZmmState) && has(leaf7.ebx, kAvx512FBwVl) && has(leaf7.ecx, kAvx512Vnni))
    features |= kCpuAvx512Vnni;
  return features;
}

uint64_t probe() {
  const CpuId leaf0 = cpu_id(0, 0);
  if (leaf0.eax < 7) return 0;
  const uint32_t leaf1_ecx = cpu_id(1, 0).ecx;
  const CpuId leaf7 = cpu_id(7, 0);
  uint64_t features = probe_avx(leaf1_ecx, leaf7);
  // These use the older vector registers, whose state 64-bit code always has.
  if (has(leaf1_ecx, kSse41) && has(leaf7.ebx, kSha)) features |= kCpuSha256;
  if (leaf0.ebx == kGenu) features |= kCpuReadsStreams;
  return features;
}

#elif defined(__aarch64__)

constexpr uint32_t field(uint64_t id, uint32_t low_bit) {
  return id >> low_bit & 15;
}

// Readable at EL1 and above; Linux answers the reads of a process (its CPUID emulation).
uint64_t probe() {
  uint64_t pfr0, isar0, isar1;
  __asm__("mrs %0, ID_AA64PFR0_EL1" : "=r"(pfr0));
  __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(isar0));
  __asm__("mrs %0, ID_AA64ISAR1_EL1" : "=r"(isar1));
  constexpr uint32_t kNoAdvancedSimd = 15;
  if (field(pfr0, 20) == kNoAdvancedSimd) return 0;
  uint64_t features = kCpuNeon;
  if (field(isar0, 12) != 0) features |= kCpuSha256;
  if (field(isar0, 44) != 0) features |= kCpuDotprod;
  if (field(isar1, 52) != 0) features |= kCpuI8mm;
  return features;
}

#else

uint64_t probe() {
  return 0;
}

#endif

/// Read and written atomically: a report of one thread never reads as half of it in another.
uint64_t reported_features = 0;

}  // namespace

uint64_t cpu_features() {
  return probe() | __atomic_load_n(&reported_features, __ATOMIC_RELAXED);
}

void report_cpu_features(uint64_t features) {
  __atomic_store_n(&reported_features, features, __ATOMIC_RELAXED);
}

Span<const Kernels* const> compiled_kernels() {
  return Span<const Kernels* const>(kCompiled);
}

const Kernels* best_kernels(uint64_t features) {
  for (const Kernels* kernels : compiled_kernels())
    if (runs_on(*kernels, features)) return kernels;
  return kCompiled[sizeof(kCompiled) / sizeof(kCompiled[0]) - 1];
}

const Kernels* kernels_named(Text name) {
  for (const Kernels* kernels : compiled_kernels())
    if (equal(kernels->name, name)) return kernels;
  return nullptr;
}

const char* kernels_name(const Kernels& kernels) {
  return kernels.name;
}

bool runs_on(const Kernels& kernels, uint64_t features) {
  return (kernels.required_features & ~features) == 0;
}

}  // namespace nibble
