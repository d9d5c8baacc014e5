# Fails when the zstd decoder defines a global name without the project's prefix, or calls more
# than memory functions.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -g ${object} OUTPUT_VARIABLE names COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[A-Za-z] [A-Za-z_][A-Za-z0-9_.]*\n" names "${names}")
  if(names STREQUAL "")
    message(FATAL_ERROR "no names found in ${object}")
  endif()
  foreach(name IN LISTS names)
    string(STRIP "${name}" name)
    if(name MATCHES "^U (memcpy|memmove|memset|__clzdi2|__ctzdi2)$" OR name MATCHES "^[A-Z] nibble_")
      continue()
    endif()
    # A sanitized build brings its runtime's names.
    if(NOT name MATCHES "^[A-Za-z] _*(start_|stop_|odr_)?(asan|ubsan|sanitizer)_")
      message(SEND_ERROR "${name} in ${object}: add it to runtime/format/zstd_names.h")
    endif()
  endforeach()
endforeach()
