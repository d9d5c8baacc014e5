// What a port gives the bare-metal image: a console, a clock, an exit and what its CPU has.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stddef.h>
#include <stdint.h>

// A port is start-up code and these functions, compiled without floating-point registers. The
// start-up code, before it calls image_main(): installs the trap handler, zeroes .bss, paints the
// stack with kStackPaint, turns on paging where unaligned access needs it, enables and probes the
// floating-point and vector units, sets rounding to nearest and flush-to-zero off.
extern "C" {

/// Writes to the console; blocks until the last byte is accepted.
void port_write(const char* text, size_t bytes);

/// A counter that only grows; its unit is the port's own.
uint64_t port_ticks(void);

/// Ends the machine; `ok` becomes the status its observer sees.
[[noreturn]] void port_exit(bool ok);

/// CpuFeature bits (<nibble/cpu.h>) that only start-up code can find out: those probed by
/// trap. Zero where the CPU itself says what it has.
uint64_t port_probed_features(void);

/// Called by the trap handler for every trap that was not a probe: prints one line, then exits.
[[noreturn]] void port_trap(uint64_t cause, uint64_t instruction_address, uint64_t detail);

/// The image, in runtime/image/main.cc. Never returns.
[[noreturn]] void image_main(void);

/// The painted stack, from the linker script; it grows down from port_stack_top.
extern uint64_t port_stack_bottom[];
extern uint64_t port_stack_top[];
}

/// What start-up code fills the stack with. start.S of each port repeats it as PORT_STACK_PAINT.
inline constexpr uint64_t kStackPaint = 0x5AA55AA55AA55AA5;
