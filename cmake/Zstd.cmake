# The zstd decoder's sources, compiled into the runtime: -DNIBBLE_ZSTD_SOURCE=, or what
# cmake/setup.sh unpacked into the cache.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
if(NOT "$ENV{NIBBLE_CACHE}" STREQUAL "")
  set(cache $ENV{NIBBLE_CACHE})
else()
  set(cache $ENV{HOME}/.cache/nibble)
endif()
set(NIBBLE_ZSTD_SOURCE "${cache}/zstd" CACHE PATH "A zstd source tree (the folder that has lib/)")
if(NOT EXISTS "${NIBBLE_ZSTD_SOURCE}/lib/decompress/zstd_decompress.c")
  message(FATAL_ERROR "no zstd sources in ${NIBBLE_ZSTD_SOURCE}: run bash cmake/setup.sh, "
                      "or give -DNIBBLE_ZSTD_SOURCE=<zstd tree>")
endif()
