# clang-19 for another CPU: bare metal, or static Linux processes that run under qemu-user.
# SPDX-License-Identifier: MIT OR GPL-2.0-only

# The file that includes this one has set CMAKE_SYSTEM_PROCESSOR, and CMAKE_SYSTEM_NAME: Generic is
# bare metal. The Linux triple serves there too, for its C++ headers; nothing of Linux is linked.
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/Freestanding.cmake)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(isa ${NIBBLE_BARE_ISA_${CMAKE_SYSTEM_PROCESSOR}})
set(code)
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  set(NIBBLE_BARE ON)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(code ${NIBBLE_BARE_CODE_${CMAKE_SYSTEM_PROCESSOR}})
else()
  set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld-19 -static")
  set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
  set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
endif()
foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
endforeach()
list(JOIN isa " " CMAKE_ASM_FLAGS_INIT)
list(APPEND isa ${code})
list(JOIN isa " " CMAKE_C_FLAGS_INIT)
list(JOIN isa " " CMAKE_CXX_FLAGS_INIT)
