// Reads the paint from the far end of the stack.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/image/stack.h"

#include "runtime/ports/port.h"

namespace nibble::image {

size_t stack_used_below_bytes(const void* frame) {
  const volatile uint64_t* lowest = port_stack_bottom;
  while (lowest < port_stack_top && *lowest == kStackPaint) ++lowest;
  return reinterpret_cast<uintptr_t>(frame) - reinterpret_cast<uintptr_t>(lowest);
}

}  // namespace nibble::image
