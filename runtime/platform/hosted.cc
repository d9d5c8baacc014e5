// What the runtime needs of an ordinary process: the platform functions, and what is to be known
// and chosen before main().
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/cpu.h>
#include <nibble/nibble.h>

#include <cstdio>
#include <cstdlib>

#if defined(__riscv)
#include <sys/auxv.h>
#include <sys/prctl.h>
#endif

namespace {

#if defined(__riscv)

// The CPU can be asked for vectors in privileged modes only, so a process asks its system.

constexpr unsigned long kHwcapV = 1ul << ('V' - 'A');
// linux/prctl.h from Linux 6.5 on.
constexpr int kGetVectorControl = 70;
constexpr int kCurrentControl = 3, kVectorsOff = 1;

/// A system may keep vectors from a process; a system without that setting answers -1.
bool are_vectors_off() {
  const int control = prctl(kGetVectorControl);
  return control >= 0 && (control & kCurrentControl) == kVectorsOff;
}

/// Draft 0.7.1, which some systems announce by the same bit, has no mask and tail policy: it
/// flags a type that asks for one. Traps on neither version.
bool are_vectors_version_1() {
  unsigned long type = 0;
  __asm__ volatile(
      ".option push\n"
      ".option arch, +v\n"
      "vsetvli %0, zero, e8, m1, ta, ma\n"
      "csrr %0, vtype\n"
      ".option pop\n"
      : "=r"(type)::"vl", "vtype");
  constexpr unsigned long kIllegal = 1ul << 63;
  return (type & kIllegal) == 0;
}

/// The features that only the system knows of.
uint64_t process_features() {
  const bool announced = (getauxval(AT_HWCAP) & kHwcapV) != 0;
  return announced && !are_vectors_off() && are_vectors_version_1() ? nibble::kCpuRvv : 0;
}

#else

uint64_t process_features() {
  return 0;
}

#endif

/// No caller has to know of this function: the linker takes this file for its platform functions,
/// and with them the constructor. A process owns its vector registers at all times, so it hashes
/// with them from the start.
[[gnu::constructor]] void start_process() {
  nibble::report_cpu_features(process_features());
  nibble::use_best_sha256(nibble::cpu_features());
}

}  // namespace

void nibble_platform_panic(const char* file, int32_t line, const char* what) {
  std::fprintf(stderr, "nibble: %s at %s:%d\n", what, file, static_cast<int>(line));
  std::abort();
}

/// The system preempts a process on its own.
void nibble_platform_yield() {}
