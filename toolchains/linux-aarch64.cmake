# AArch64 Linux processes under qemu-user, for the runtime's unit tests.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CROSSCOMPILING_EMULATOR "qemu-aarch64-static;-cpu;max,pauth-impdef=on")
include(${CMAKE_CURRENT_LIST_DIR}/clang-19.cmake)
