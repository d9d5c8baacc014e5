// Entry on QEMU's virt machine in M-mode, or in S-mode under an SBI (NIBBLE_SUPERVISOR).
// SPDX-License-Identifier: MIT OR GPL-2.0-only

#ifdef NIBBLE_SUPERVISOR
#define STATUS sstatus
#define TRAP_VECTOR stvec
#define SCRATCH sscratch
#define CAUSE scause
#define EXCEPTION_PC sepc
#define TRAP_VALUE stval
#define INTERRUPT_ENABLE sie
#define TRAP_RETURN sret
#else
#define STATUS mstatus
#define TRAP_VECTOR mtvec
#define SCRATCH mscratch
#define CAUSE mcause
#define EXCEPTION_PC mepc
#define TRAP_VALUE mtval
#define INTERRUPT_ENABLE mie
#define TRAP_RETURN mret
#endif

#define PORT_STACK_PAINT 0x5AA55AA55AA55AA5
#define STATUS_FS_DIRTY (3 << 13)
#define STATUS_VS_DIRTY (3 << 9)

  .option norelax  // the distance of labels is fixed when assembled
  .section .rodata, "a"
no_floating_point_text:
  .ascii "failed: this CPU has no floating-point unit\n"
no_floating_point_text_end:

  .section .text.start, "ax"
  .globl _start
_start:
  // An SBI enters with the trap vector at this very address: a trap before it moves never ends.
  lla t0, trap
  csrw TRAP_VECTOR, t0
  csrw INTERRUPT_ENABLE, zero
#ifndef NIBBLE_SUPERVISOR
  csrr t0, mhartid
  bnez t0, park
#endif

  lla t0, port_bss_start
  lla t1, port_bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  lla t0, port_stack_bottom
  lla t1, port_stack_top
  li t2, PORT_STACK_PAINT
3:
  sd t2, 0(t0)
  addi t0, t0, 8
  bltu t0, t1, 3b
  mv sp, t1

  li t0, STATUS_FS_DIRTY
  csrs STATUS, t0
  lla t0, no_floating_point
  lla t1, probe_resume
  sd t0, 0(t1)
  csrw fcsr, zero
  fmv.d.x ft0, zero

  // The status field is writable on machines without vectors: only using them tells.
  li t0, STATUS_VS_DIRTY
  csrs STATUS, t0
  lla t0, no_vectors
  sd t0, 0(t1)
  .option push
  .option arch, +v
  csrr t2, vlenb
  vsetivli t3, 1, e8, m1, ta, ma
  vmv.v.i v0, 0
  .option pop
  sd zero, 0(t1)
  li t2, 1
  lla t1, port_has_vectors
  sb t2, 0(t1)
  j start_image

no_vectors:
  li t0, STATUS_VS_DIRTY
  csrc STATUS, t0

start_image:
  li s0, 0
  call image_main
park:
  wfi
  j park

no_floating_point:
  lla a0, no_floating_point_text
  lla a1, no_floating_point_text_end
  sub a1, a1, a0
  call port_write
  li a0, 0
  call port_exit

  .balign 4
trap:
  csrw SCRATCH, t0
  lla t0, probe_resume
  ld t0, 0(t0)
  beqz t0, 4f
  csrw EXCEPTION_PC, t0
  lla t0, probe_resume
  sd zero, 0(t0)
  csrr t0, SCRATCH
  TRAP_RETURN
4:
  csrr a0, CAUSE
  csrr a1, EXCEPTION_PC
  csrr a2, TRAP_VALUE
  lla t0, port_stack_bottom
  bgtu sp, t0, 5f
  lla sp, port_stack_top  // the stack is what failed
5:
  call port_trap
  j park

  .bss
  .balign 8
probe_resume:
  .skip 8
  .globl port_has_vectors
port_has_vectors:
  .skip 1

  .section .note.GNU-stack, "", @progbits
