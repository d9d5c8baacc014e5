# The warnings every target is built with. Presets make them errors; another compiler may know more.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
option(NIBBLE_WARNINGS_AS_ERRORS "Stop at any warning of the compiler" OFF)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow)
if(NIBBLE_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # NIBBLE_TRY is a statement expression, on purpose and in one place.
  add_compile_options(-Wno-gnu-statement-expression)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 takes `"text" + string` for overlapping memory (GCC bug 105651).
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
  # It takes the lanes that its own AVX-512 intrinsics leave undefined for variables that nobody set
  # (GCC bug 105593), and arrays of which only a stated part is filled likewise.
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized> $<$<COMPILE_LANGUAGE:CXX>:-Wno-uninitialized>)
endif()
