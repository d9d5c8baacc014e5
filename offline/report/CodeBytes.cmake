# Measures the runtime archive and writes the figure as a header: cmake -DSIZE= -DARCHIVE= -DOUT= -P.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
execute_process(COMMAND ${SIZE} --totals ${ARCHIVE} OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
# The last line: text, data, bss, their sum.
if(NOT table MATCHES "([0-9]+)[ \t]+([0-9]+)[ \t]+([0-9]+)[ \t]+([0-9]+)[ \t]+[0-9a-f]+[ \t]+\\(TOTALS\\)")
  message(FATAL_ERROR "cannot read what ${SIZE} says of ${ARCHIVE}:\n${table}")
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [=[
// Code, constants and data of the runtime archive of this build. Generated.
#pragma once
#include <cstdint>
namespace nibble::offline {
inline constexpr uint64_t kRuntimeCodeBytes = @CMAKE_MATCH_4@;
}
]=])
