# How freestanding code is compiled: the one place with its flags.

set(NIBBLE_FREESTANDING_FLAGS
    -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables
    -ffp-contract=off -fno-math-errno -ffunction-sections -fdata-sections -fno-strict-aliasing
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)

# Registers that code outside kernels/ and sampler/ must not touch.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    set(NIBBLE_NO_FP_FLAGS -mno-sse -mno-sse2 -mno-mmx -mno-avx)
  else()
    set(NIBBLE_NO_FP_FLAGS -mgeneral-regs-only)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64")
  set(NIBBLE_NO_FP_FLAGS -mgeneral-regs-only -mno-outline-atomics)
else()
  set(NIBBLE_NO_FP_FLAGS)  # riscv64: cmake/checks proves it by disassembly
endif()

# nibble_runtime_objects(NAME [FP] SOURCES … [FLAGS …]): an object library of the runtime.
# Without FP the compiler may use no floating-point or vector register.
function(nibble_runtime_objects name)
  cmake_parse_arguments(arg "FP" "" "SOURCES;FLAGS" ${ARGN})
  add_library(${name} OBJECT ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/runtime/include)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${NIBBLE_FREESTANDING_FLAGS})
  if(NOT arg_FP)
    target_compile_options(${name} PRIVATE ${NIBBLE_NO_FP_FLAGS})
  endif()
  target_compile_options(${name} PRIVATE ${arg_FLAGS})
endfunction()
