# Builds that look for mistakes: sanitizers (-DNIBBLE_SANITIZE=address,undefined) and NIBBLE_CHECK.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(NIBBLE_SANITIZE "" CACHE STRING "Sanitizers, comma-separated; every finding is fatal")
if(NIBBLE_SANITIZE)
  add_compile_options(-fsanitize=${NIBBLE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  # For tests that measure or limit memory.
  add_compile_definitions(NIBBLE_IS_SANITIZED)
  add_link_options(-fsanitize=${NIBBLE_SANITIZE})
endif()

# Preconditions are checked in every target of such a build: headers mean the same everywhere.
if(NIBBLE_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(checks ON)
else()
  set(checks OFF)
endif()
option(NIBBLE_CHECKS "Stop at a broken precondition: NIBBLE_CHECK of <nibble/check.h>" ${checks})
if(NIBBLE_CHECKS)
  add_compile_definitions(NIBBLE_CHECKS)
endif()
