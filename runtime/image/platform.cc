// The platform functions over a port's console.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/nibble.h>

#include "runtime/image/console.h"
#include "runtime/ports/port.h"

void nibble_platform_panic(const char* file, int32_t line, const char* what) {
  using namespace nibble::image;
  print("\nfailed: ");
  print(what);
  print(" at ");
  print(file);
  print(":");
  print_number(static_cast<uint32_t>(line));
  print("\n");
  port_exit(false);
}

void nibble_platform_yield() {}
