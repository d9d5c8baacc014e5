# RISC-V bare metal: clang's Linux triple has the C++ headers; nothing of Linux is linked.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(NIBBLE_BARE ON)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
# rv64gc, not rv64gcv: the compiler would use vectors in ordinary code.
foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET riscv64-linux-gnu)
endforeach()
set(CMAKE_C_FLAGS_INIT "-fno-pic -march=rv64gc -mabi=lp64d -mcmodel=medany")
set(CMAKE_CXX_FLAGS_INIT "-fno-pic -march=rv64gc -mabi=lp64d -mcmodel=medany")
set(CMAKE_ASM_FLAGS_INIT "-march=rv64gc -mabi=lp64d")
