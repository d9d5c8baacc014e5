# AArch64 bare metal: clang's Linux triple has the C++ headers; nothing of Linux is linked.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(NIBBLE_BARE ON)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
endforeach()
set(CMAKE_C_FLAGS_INIT "-fno-pic -march=armv8-a -mno-outline-atomics")
set(CMAKE_CXX_FLAGS_INIT "-fno-pic -march=armv8-a -mno-outline-atomics")
