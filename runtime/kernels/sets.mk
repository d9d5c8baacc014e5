# Kernel sets of each architecture, best first, and the compiler flags of each: read by Kbuild as it is,
# and by CMakeLists.txt line by line. The flags of scalar depend on the compiler and are with either.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
nibble-sets-x86 := avx512vnni avxvnni avx2 scalar
nibble-sets-arm64 := i8mm dotprod neon scalar
nibble-sets-riscv := rvv scalar
nibble-set-flags-avx2 := -mavx2 -mf16c
nibble-set-flags-avxvnni := -mavx2 -mf16c -mavxvnni
nibble-set-flags-avx512vnni := -mavx2 -mf16c -mavx512f -mavx512bw -mavx512vl -mavx512vnni
nibble-set-flags-neon := -march=armv8-a
nibble-set-flags-dotprod := -march=armv8.2-a+dotprod
nibble-set-flags-i8mm := -march=armv8.2-a+dotprod+i8mm
nibble-set-flags-rvv := -march=rv64gcv
