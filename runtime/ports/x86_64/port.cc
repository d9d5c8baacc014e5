// x86-64 PC under QEMU: the first serial port, the time-stamp counter, the debug-exit device.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/ports/port.h"

namespace {

constexpr uint16_t kSerialData = 0x3F8;
constexpr uint16_t kSerialLineStatus = 0x3FD;
constexpr uint8_t kSerialTransmitEmpty = 1 << 5;
constexpr uint16_t kDebugExit = 0xF4;
// The device exits with (value << 1) | 1: 33 and 35. Zero would look like QEMU's own failures.
constexpr uint8_t kDebugExitOk = 0x10;
constexpr uint8_t kDebugExitFailed = 0x11;

void out_byte(uint16_t port, uint8_t value) {
  asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

uint8_t in_byte(uint16_t port) {
  uint8_t value = 0;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

}  // namespace

void port_write(const char* text, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    while (!(in_byte(kSerialLineStatus) & kSerialTransmitEmpty)) {
    }
    out_byte(kSerialData, static_cast<uint8_t>(text[i]));
  }
}

uint64_t port_ticks() {
  return __builtin_ia32_rdtsc();
}

void port_exit(bool ok) {
  out_byte(kDebugExit, ok ? kDebugExitOk : kDebugExitFailed);
  for (;;) asm volatile("cli; hlt");
}

uint64_t port_probed_features() {
  return 0;
}
