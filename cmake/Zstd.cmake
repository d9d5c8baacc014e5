# The zstd decoder's sources, compiled into the runtime: -DNIBBLE_ZSTD_SOURCE=, or what
# cmake/setup.sh unpacked into the cache.
set(NIBBLE_CACHE "$ENV{HOME}/.cache/nibble" CACHE PATH "Where setup keeps what it fetched")
set(NIBBLE_ZSTD_SOURCE "${NIBBLE_CACHE}/zstd" CACHE PATH "A zstd source tree (the folder that has lib/)")
if(NOT EXISTS "${NIBBLE_ZSTD_SOURCE}/lib/decompress/zstd_decompress.c")
  message(FATAL_ERROR "no zstd sources in ${NIBBLE_ZSTD_SOURCE}: run bash cmake/setup.sh, "
                      "or give -DNIBBLE_ZSTD_SOURCE=<zstd tree>")
endif()
