// Entry from a PVH loader: 32-bit protected mode to 64-bit, traps, vector units, then image_main.
// SPDX-License-Identifier: MIT OR GPL-2.0-only

#define PORT_STACK_PAINT 0x5AA55AA5  /* half of kStackPaint: written twice */

#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_EM (1 << 2)
#define CR0_NE (1 << 5)
#define CR0_PG (1 << 31)
#define CR4_PAE (1 << 5)
#define CR4_OSFXSR (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_OSXSAVE (1 << 18)
#define CPUID1_ECX_XSAVE (1 << 26)
#define CPUID1_ECX_AVX (1 << 28)
#define XCR0_X87_SSE_AVX_AVX512 0xE7
#define EFER 0xC0000080
#define EFER_LME (1 << 8)
#define MXCSR_MASKED_NEAREST 0x1F80

#define PAGE_PRESENT_WRITE 3
#define PAGE_2M 0x83
#define CODE_SELECTOR 8
#define DATA_SELECTOR 16
#define INTERRUPT_GATE 0x8E00
#define TRAP_VECTORS 32
#define TRAP_STUB_BYTES 16

  // How a PVH loader finds the entry point: XEN_ELFNOTE_PHYS32_ENTRY.
  .section .note.Xen, "a", @note
  .balign 4
  .long 4, 4, 18
  .asciz "Xen"
  .long _start

  .section .text.start, "ax"
  .code32
  .globl _start
_start:
  cli
  cld
  movl $port_bss_start, %edi
  movl $port_bss_end, %ecx
  subl %edi, %ecx
  shrl $2, %ecx
  xorl %eax, %eax
  rep stosl
  movl $port_stack_bottom, %edi
  movl $port_stack_top, %ecx
  subl %edi, %ecx
  shrl $2, %ecx
  movl $PORT_STACK_PAINT, %eax
  rep stosl
  movl $port_stack_top, %esp

  // The first 4 GiB, one to one, in pages of 2 MiB.
  movl $page_directories, %edi
  movl $PAGE_2M, %eax
  movl $2048, %ecx
1:
  movl %eax, (%edi)
  addl $0x200000, %eax
  addl $8, %edi
  loop 1b
  movl $page_directory_pointers, %edi
  movl $page_directories + PAGE_PRESENT_WRITE, %eax
  movl $4, %ecx
2:
  movl %eax, (%edi)
  addl $4096, %eax
  addl $8, %edi
  loop 2b
  movl $page_directory_pointers + PAGE_PRESENT_WRITE, page_map

  movl $page_map, %eax
  movl %eax, %cr3
  movl %cr4, %eax
  orl $CR4_PAE, %eax
  movl %eax, %cr4
  movl $EFER, %ecx
  rdmsr
  orl $EFER_LME, %eax
  wrmsr
  movl %cr0, %eax
  orl $(CR0_PG | CR0_PE), %eax
  movl %eax, %cr0
  lgdt descriptor_table_pointer
  ljmp $CODE_SELECTOR, $long_mode

  .code64
long_mode:
  movl $DATA_SELECTOR, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl %eax, %fs
  movl %eax, %gs

  // Traps first: everything after this may fault and says so.
  leaq trap_stubs(%rip), %rax
  leaq trap_gates(%rip), %rdi
  movl $TRAP_VECTORS, %ecx
3:
  movw %ax, (%rdi)
  movw $CODE_SELECTOR, 2(%rdi)
  movw $INTERRUPT_GATE, 4(%rdi)
  movq %rax, %rdx
  shrq $16, %rdx
  movw %dx, 6(%rdi)
  addq $TRAP_STUB_BYTES, %rax
  addq $16, %rdi
  decl %ecx
  jnz 3b
  lidt trap_gates_pointer(%rip)

  movq %cr0, %rax
  andq $~CR0_EM, %rax
  orq $(CR0_MP | CR0_NE), %rax
  movq %rax, %cr0
  movq %cr4, %rax
  orq $(CR4_OSFXSR | CR4_OSXMMEXCPT), %rax
  movq %rax, %cr4
  fninit
  ldmxcsr initial_mxcsr(%rip)

  movl $1, %eax
  xorl %ecx, %ecx
  cpuid
  testl $CPUID1_ECX_XSAVE, %ecx
  jz start_image
  movl %ecx, %esi
  movq %cr4, %rax
  orq $CR4_OSXSAVE, %rax
  movq %rax, %cr4
  movl $0xD, %eax
  xorl %ecx, %ecx
  cpuid
  andl $XCR0_X87_SSE_AVX_AVX512, %eax
  xorl %ecx, %ecx
  xorl %edx, %edx
  leaq avx_absent(%rip), %rdi
  movq %rdi, probe_resume(%rip)
  xsetbv
  testl $CPUID1_ECX_AVX, %esi
  jz 4f
  vpxor %xmm0, %xmm0, %xmm0
  vaddps %ymm0, %ymm0, %ymm0
  vzeroupper
4:
  movq $0, probe_resume(%rip)
  jmp start_image

  // The CPU offers what traps when used: without OSXSAVE nobody will use it.
avx_absent:
  movq %cr4, %rax
  andq $~CR4_OSXSAVE, %rax
  movq %rax, %cr4

start_image:
  xorl %ebp, %ebp
  call image_main
  ud2

  // One stub for each vector; those without an error code push a zero in its place.
  .macro trap_stub vector
  .balign TRAP_STUB_BYTES
  .if !((0x60227D00 >> \vector) & 1)
  pushq $0
  .endif
  pushq $\vector
  jmp trap
  .endm

  .balign TRAP_STUB_BYTES
trap_stubs:
  .altmacro
  .set vector, 0
  .rept TRAP_VECTORS
  trap_stub %vector
  .set vector, vector + 1
  .endr
  .noaltmacro

  // Stack: vector, error code, rip, cs, rflags, rsp, ss.
trap:
  cmpq $0, probe_resume(%rip)
  je 5f
  pushq %rax
  movq probe_resume(%rip), %rax
  movq %rax, 24(%rsp)
  movq $0, probe_resume(%rip)
  popq %rax
  addq $16, %rsp
  iretq
5:
  popq %rdi
  popq %rdx
  movq (%rsp), %rsi
  andq $-16, %rsp
  call port_trap
  ud2

  .section .rodata, "a"
  .balign 8
descriptors:
  .quad 0
  .quad 0x00AF9A000000FFFF  // 64-bit code
  .quad 0x00CF92000000FFFF  // data
descriptor_table_pointer:
  .word descriptor_table_pointer - descriptors - 1
  .quad descriptors
  .balign 8
trap_gates_pointer:
  .word TRAP_VECTORS * 16 - 1
  .quad trap_gates
  .balign 4
initial_mxcsr:
  .long MXCSR_MASKED_NEAREST

  .bss
  .balign 4096
page_map:
  .skip 4096
page_directory_pointers:
  .skip 4096
page_directories:
  .skip 4 * 4096
trap_gates:
  .skip TRAP_VECTORS * 16
probe_resume:
  .skip 8

  .section .note.GNU-stack, "", @progbits
