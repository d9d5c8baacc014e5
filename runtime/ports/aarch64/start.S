// Entry on QEMU's virt machine: EL2 or EL1 to EL1, traps, paging, floating point, then image_main.
// SPDX-License-Identifier: MIT OR GPL-2.0-only

#define PORT_STACK_PAINT 0x5AA55AA55AA55AA5

#define CURRENT_EL_2 (2 << 2)
#define HCR_EL2_RW (1 << 31)
#define CPTR_EL2_NO_TRAPS 0x33FF
#define CNTHCTL_EL2_EL1_ACCESS 3
#define SPSR_EL1H_MASKED 0x3C5
#define SCTLR_EL1_RESERVED_ONES 0x30D00800
#define SCTLR_M (1 << 0)
#define SCTLR_A (1 << 1)
#define SCTLR_C (1 << 2)
#define SCTLR_I (1 << 12)
#define CPACR_FP_ENABLED (3 << 20)

// Memory types 0: device nGnRnE, 1: normal, write-back.
#define MAIR 0xFF00
// 39-bit addresses (T0SZ 25), 4 KiB granule, cacheable walks, no upper half, 40-bit output.
#define TCR (25 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23) | (2 << 32))
#define BLOCK_DEVICE ((3 << 53) | (1 << 10) | 1)
#define BLOCK_NORMAL ((1 << 10) | (3 << 8) | (1 << 2) | 1)
#define GIB (1 << 30)
#define NORMAL_BLOCKS 7

  .section .rodata, "a"
no_floating_point_text:
  .ascii "failed: this CPU has no floating-point unit\n"
  .set no_floating_point_bytes, . - no_floating_point_text

  .section .text.start, "ax"
  .globl _start
_start:
  msr daifset, #15
  mrs x0, CurrentEL
  cmp x0, #CURRENT_EL_2
  b.ne el1
  mov x0, #HCR_EL2_RW
  msr hcr_el2, x0
  mov x0, #CPTR_EL2_NO_TRAPS
  msr cptr_el2, x0
  mov x0, #CNTHCTL_EL2_EL1_ACCESS
  msr cnthctl_el2, x0
  msr cntvoff_el2, xzr
  ldr x0, =SCTLR_EL1_RESERVED_ONES
  msr sctlr_el1, x0
  mov x0, #SPSR_EL1H_MASKED
  msr spsr_el2, x0
  adr x0, el1
  msr elr_el2, x0
  eret

el1:
  ldr x0, =trap_vectors
  msr vbar_el1, x0
  isb

  ldr x0, =port_bss_start
  ldr x1, =port_bss_end
1:
  cmp x0, x1
  b.hs 2f
  stp xzr, xzr, [x0], #16
  b 1b
2:
  ldr x0, =port_stack_bottom
  ldr x1, =port_stack_top
  ldr x2, =PORT_STACK_PAINT
3:
  stp x2, x2, [x0], #16
  cmp x0, x1
  b.lo 3b
  mov sp, x1

  // Paging, one to one: without it all memory is Device, where an unaligned load faults.
  ldr x0, =page_table
  ldr x1, =BLOCK_DEVICE
  str x1, [x0], #8
  ldr x1, =(BLOCK_NORMAL + GIB)
  mov x2, #GIB
  mov x3, #NORMAL_BLOCKS
4:
  str x1, [x0], #8
  add x1, x1, x2
  subs x3, x3, #1
  b.ne 4b
  ldr x0, =MAIR
  msr mair_el1, x0
  ldr x0, =TCR
  msr tcr_el1, x0
  ldr x0, =page_table
  msr ttbr0_el1, x0
  dsb sy
  tlbi vmalle1
  ic iallu
  dsb sy
  isb
  mrs x0, sctlr_el1
  ldr x1, =(SCTLR_M | SCTLR_C | SCTLR_I)
  orr x0, x0, x1
  bic x0, x0, #SCTLR_A
  msr sctlr_el1, x0
  isb

  mov x0, #CPACR_FP_ENABLED
  msr cpacr_el1, x0
  isb
  adr x0, no_floating_point
  ldr x1, =probe_resume
  str x0, [x1]
  msr fpcr, xzr
  msr fpsr, xzr
  fmov d0, xzr
  str xzr, [x1]

  mov x29, xzr
  mov x30, xzr
  bl image_main
  b .

no_floating_point:
  ldr x0, =no_floating_point_text
  mov x1, #no_floating_point_bytes
  bl port_write
  mov x0, xzr
  bl port_exit

  // Every trap goes to one place; probes end there.
  .balign 2048
trap_vectors:
  .rept 16
  .balign 128
  b trap
  .endr

  .balign 128
trap:
  stp x0, x1, [sp, #-16]!
  ldr x0, =probe_resume
  ldr x1, [x0]
  cbz x1, 5f
  msr elr_el1, x1
  str xzr, [x0]
  ldp x0, x1, [sp], #16
  eret
5:
  mrs x0, esr_el1
  mrs x1, elr_el1
  mrs x2, far_el1
  bl port_trap
  b .

  .ltorg

  .bss
  .balign 4096
page_table:
  .skip 4096
probe_resume:
  .skip 8

  .section .note.GNU-stack, "", @progbits
