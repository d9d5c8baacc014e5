# Sanitizers for the whole build: -DNIBBLE_SANITIZE=address,undefined.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(NIBBLE_SANITIZE "" CACHE STRING "Sanitizers, comma-separated; every finding is fatal")
if(NIBBLE_SANITIZE)
  add_compile_options(-fsanitize=${NIBBLE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  # For tests that measure or limit memory.
  add_compile_definitions(NIBBLE_IS_SANITIZED)
  add_link_options(-fsanitize=${NIBBLE_SANITIZE})
endif()
