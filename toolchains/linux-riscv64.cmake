# RISC-V Linux processes under qemu-user, for the runtime's unit tests.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-riscv64-static;-cpu;rv64,v=true,vlen=256,elen=64,vext_spec=v1.0")
include(${CMAKE_CURRENT_LIST_DIR}/clang-19.cmake)
