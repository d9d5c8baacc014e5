# Flags of freestanding code: the one place, for the runtime, bare-metal toolchains and images.
# SPDX-License-Identifier: MIT OR GPL-2.0-only

# No jump tables: every indirect jump left is a call, which cmake/checks/stack.py can name.
set(NIBBLE_FREESTANDING_FLAGS
    -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables
    -ffp-contract=off -fno-math-errno -fno-jump-tables -ffunction-sections -fdata-sections
    -fno-strict-aliasing)
set(NIBBLE_FREESTANDING_CXX_FLAGS -fno-exceptions -fno-rtti -fno-threadsafe-statics)

# For each CPU on bare metal: its instruction set, for every language, and how code is generated.
# x86-64 has no red zone, since a trap handler runs on the stack of what it interrupts. RISC-V is
# rv64gc and not rv64gcv, or the compiler would use vectors in ordinary code.
set(NIBBLE_BARE_ISA_x86_64)
set(NIBBLE_BARE_CODE_x86_64 -fno-pic -mno-red-zone -fcf-protection=none)
set(NIBBLE_BARE_ISA_aarch64 -march=armv8-a)
set(NIBBLE_BARE_CODE_aarch64 -fno-pic)
set(NIBBLE_BARE_ISA_riscv64 -march=rv64gc -mabi=lp64d)
set(NIBBLE_BARE_CODE_riscv64 -fno-pic -mcmodel=medany)
