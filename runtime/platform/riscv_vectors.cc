// Tells the runtime whether a RISC-V process may use vectors: the CPU itself can only be asked in
// privileged modes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "runtime/kernels/cpu.h"

namespace {

constexpr unsigned long kHwcapV = 1ul << ('V' - 'A');
// linux/prctl.h from Linux 6.5 on.
constexpr int kGetVectorControl = 70;
constexpr int kCurrentControl = 3, kVectorsOff = 1;

/// A system may keep vectors from a process; one that knows no such setting answers -1.
bool are_turned_off() {
  const int control = prctl(kGetVectorControl);
  return control >= 0 && (control & kCurrentControl) == kVectorsOff;
}

/// Draft 0.7.1, which some systems announce by the same bit, knows no mask and tail policy: it
/// flags a type that asks for one. Does not trap on either.
bool are_version_1() {
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

}  // namespace

// Before main(), so that no caller has to know; the build links it by name.
extern "C" [[gnu::constructor]] void nibble_report_riscv_vectors() {
  if ((getauxval(AT_HWCAP) & kHwcapV) != 0 && !are_turned_off() && are_version_1())
    nibble::report_cpu_features(nibble::kCpuRvv);
}
