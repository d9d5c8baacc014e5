// QEMU's AArch64 virt machine: PL011 console, generic timer, semihosting exit.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/ports/port.h"

namespace {

constexpr uintptr_t kUart = 0x09000000;
constexpr uintptr_t kUartFlags = kUart + 0x18;
constexpr uint32_t kUartTransmitFull = 1 << 5;

constexpr uint64_t kSemihostingExit = 0x18;
constexpr uint64_t kApplicationExit = 0x20026;

volatile uint32_t& device_register(uintptr_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}

}  // namespace

void port_write(const char* text, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    while (device_register(kUartFlags) & kUartTransmitFull) {
    }
    device_register(kUart) = static_cast<uint8_t>(text[i]);
  }
}

uint64_t port_ticks() {
  uint64_t ticks = 0;
  asm volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
}

void port_exit(bool ok) {
  const uint64_t block[2] = {kApplicationExit, ok ? 0u : 1u};
  register uint64_t operation asm("x0") = kSemihostingExit;
  register const uint64_t* parameters asm("x1") = block;
  asm volatile("hlt #0xf000" : : "r"(operation), "r"(parameters) : "memory");
  for (;;) asm volatile("wfi");
}

uint64_t port_probed_features() {
  return 0;
}
