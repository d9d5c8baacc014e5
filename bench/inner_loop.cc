// One group's dot product of one kernel set, between marks: what llvm-mca is asked about.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// bench/performance/inner_loops.py compiles this file to assembly with loops unrolled, so that the
// instructions between the marks are one straight run: -DNIBBLE_VEC= and -DNIBBLE_DOT= name the
// set's two headers, -DNIBBLE_DOT_FUNCTION= the function, -DNIBBLE_TOKENS= how many input rows it
// serves.
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define NIBBLE_COMMENT "# "
#elif defined(__aarch64__)
#include <arm_neon.h>
#define NIBBLE_COMMENT "// "
#else
#include <riscv_vector.h>
#define NIBBLE_COMMENT "# "
// The analyzed CPU's registers have 512 bits: a whole step at once, known when compiling.
#undef __riscv_vsetvl_e8m4
#define __riscv_vsetvl_e8m4(lanes) (lanes)
#endif

#include "runtime/format/layout.h"

namespace nibble::analyzed {

#include NIBBLE_VEC
#include NIBBLE_DOT

constexpr uint32_t kColumns = 128;  // the default group

void one_group(const uint8_t* codes, const int8_t* q, size_t q_stride, int32_t* sums);
void one_group(const uint8_t* codes, const int8_t* q, size_t q_stride, int32_t* sums) {
  asm volatile(NIBBLE_COMMENT "LLVM-MCA-BEGIN" ::: "memory");
  NIBBLE_DOT_FUNCTION<NIBBLE_TOKENS>(codes, kColumns, q, q_stride, sums, format::kBlockRows);
  asm volatile(NIBBLE_COMMENT "LLVM-MCA-END" ::: "memory");
}

}  // namespace nibble::analyzed
