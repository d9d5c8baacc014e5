// QEMU's RISC-V virt machine: 16550 console, cycle or time counter, test-finisher exit.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/ports/port.h"

#include <nibble/cpu.h>

extern "C" bool port_has_vectors;  // start.S, found by trap

namespace {

constexpr uintptr_t kUart = 0x10000000;
constexpr uintptr_t kUartLineStatus = kUart + 5;
constexpr uint8_t kUartTransmitEmpty = 1 << 5;
constexpr uintptr_t kTestFinisher = 0x100000;
constexpr uint32_t kFinisherOk = 0x5555;
constexpr uint32_t kFinisherFailedWithOne = 0x13333;

volatile uint8_t& uart_register(uintptr_t address) {
  return *reinterpret_cast<volatile uint8_t*>(address);
}

}  // namespace

void port_write(const char* text, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    while (!(uart_register(kUartLineStatus) & kUartTransmitEmpty)) {
    }
    uart_register(kUart) = static_cast<uint8_t>(text[i]);
  }
}

uint64_t port_ticks() {
  uint64_t ticks = 0;
#ifdef NIBBLE_SUPERVISOR
  asm volatile("csrr %0, time" : "=r"(ticks));
#else
  asm volatile("csrr %0, mcycle" : "=r"(ticks));
#endif
  return ticks;
}

void port_exit(bool ok) {
  *reinterpret_cast<volatile uint32_t*>(kTestFinisher) = ok ? kFinisherOk : kFinisherFailedWithOne;
  for (;;) asm volatile("wfi");
}

uint64_t port_probed_features() {
  return port_has_vectors ? nibble::kCpuRvv : 0;
}
