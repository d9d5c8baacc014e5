// What an image does when the CPU traps: one line, then a failed exit.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/image/console.h"
#include "runtime/ports/port.h"

void port_trap(uint64_t cause, uint64_t instruction_address, uint64_t detail) {
  using namespace nibble::image;
  print("\nfailed: trap ");
  print_hex(cause);
  print(" at ");
  print_hex(instruction_address);
  print(", detail ");
  print_hex(detail);
  print("\n");
  port_exit(false);
}
