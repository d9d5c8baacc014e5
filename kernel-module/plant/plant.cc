// Faults in compiled C++ that a detector of the kernel has to see: it does only if our flags let it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <stddef.h>
#include <stdint.h>

// Compiled twice: as the runtime's plain files are, and as those with vector registers.
#ifdef NIBBLE_PLANT_VECTOR
#define PLANTED(name) name##_vector
#else
#define PLANTED(name) name
#endif

extern "C" {

/// @param bytes  how many there are at `memory`: this reads the one behind them
uint8_t PLANTED(nbl_plant_read)(const volatile uint8_t* memory, size_t bytes) {
  return memory[bytes];
}

/// @param bits  32 or more, which no shift of an int may have
int32_t PLANTED(nbl_plant_shift)(volatile int32_t* bits) {
  return 1 << *bits;
}
}
