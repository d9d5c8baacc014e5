# x86-64 bare metal.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
include(${CMAKE_CURRENT_LIST_DIR}/clang-19.cmake)
