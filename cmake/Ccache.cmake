# Compiles through ccache where it is installed: builds of several presets share what is the same.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
find_program(NIBBLE_CCACHE ccache DOC "The compiler cache; empty: none")
if(NIBBLE_CCACHE)
  foreach(language C CXX)
    # A launcher that the caller chose stays.
    if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER ${NIBBLE_CCACHE})
    endif()
  endforeach()
endif()
