# How the runtime is compiled: nibble_runtime_objects() makes one object library of it.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
include(Freestanding)

# -O2 whatever the build type's level: a kernel set that wants more says so in its FLAGS.
set(NIBBLE_RUNTIME_FLAGS ${NIBBLE_FREESTANDING_FLAGS}
  $<$<CONFIG:Release>:-O2> $<$<COMPILE_LANGUAGE:CXX>:${NIBBLE_FREESTANDING_CXX_FLAGS}>)

# Registers that code outside kernels/ and sampler/ must not touch.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # -mgeneral-regs-only and -mno-80387 would break headers that mention long double.
    set(NIBBLE_NO_FP_FLAGS -mno-sse -mno-sse2 -mno-mmx -mno-avx)
  else()
    set(NIBBLE_NO_FP_FLAGS -mgeneral-regs-only)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64")
  # Outlined atomics are calls into a library that is not there.
  list(APPEND NIBBLE_RUNTIME_FLAGS -mno-outline-atomics)
  set(NIBBLE_NO_FP_FLAGS -mgeneral-regs-only)
else()
  set(NIBBLE_NO_FP_FLAGS)  # riscv64: cmake/checks/floating_point.py proves it by disassembly
endif()

if(NIBBLE_BARE)
  # cmake/checks/stack.py reads the .su files.
  list(APPEND NIBBLE_RUNTIME_FLAGS -fstack-usage)
endif()

# nibble_runtime_objects(NAME [FP] SOURCES … [FLAGS …]): an object library of the runtime.
# Without FP the compiler may use no floating-point or vector register.
function(nibble_runtime_objects name)
  cmake_parse_arguments(arg "FP" "" "SOURCES;FLAGS" ${ARGN})
  add_library(${name} OBJECT ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/runtime/include)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${NIBBLE_RUNTIME_FLAGS}
    # Numbers come from files: code that narrows one says so. (zstd, in C, is not ours.)
    $<$<COMPILE_LANGUAGE:CXX>:-Wconversion>)
  if(NOT arg_FP)
    target_compile_options(${name} PRIVATE ${NIBBLE_NO_FP_FLAGS})
  endif()
  target_compile_options(${name} PRIVATE ${arg_FLAGS})
endfunction()
