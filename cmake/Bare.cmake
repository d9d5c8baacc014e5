# Beside the host build, the bare-metal builds of the runtime: one nested build per CPU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
include(ExternalProject)

set(NIBBLE_BARE_CPUS x86_64 aarch64 riscv64)
set(NIBBLE_BARE_DIRECTORY ${PROJECT_BINARY_DIR} CACHE PATH
  "Where the nested builds bare-<cpu> are; the presets of that name build in the same place")

# Target nibble_bare_<cpu>: libnibble.a and libnibble_port*.a of that CPU.
foreach(cpu IN LISTS NIBBLE_BARE_CPUS)
  set(build ${NIBBLE_BARE_DIRECTORY}/bare-${cpu})
  ExternalProject_Add(nibble_bare_${cpu}
    SOURCE_DIR ${PROJECT_SOURCE_DIR}
    BINARY_DIR ${build}
    PREFIX ${PROJECT_BINARY_DIR}/nested/bare-${cpu}
    CMAKE_GENERATOR Ninja
    CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/toolchains/bare-${cpu}.cmake
               -DCMAKE_BUILD_TYPE=Release -DNIBBLE_ZSTD_SOURCE=${NIBBLE_ZSTD_SOURCE}
               -DNIBBLE_WARNINGS_AS_ERRORS=${NIBBLE_WARNINGS_AS_ERRORS}
    # Only the archives: the images of that build need the tool that this one is making.
    BUILD_COMMAND ${CMAKE_COMMAND} --build ${build} --target nibble_archives
    BUILD_ALWAYS ON
    BUILD_BYPRODUCTS ${build}/runtime/libnibble.a ${build}/runtime/ports/libnibble_port.a
                     ${build}/runtime/ports/libnibble_port_sbi.a
    INSTALL_COMMAND "" TEST_COMMAND "")
endforeach()
