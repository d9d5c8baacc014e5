# Builds the runtime and digest.cc with one compiler at one optimization level, and compares what
# it computes with the golden digests.
#   cmake -DSOURCE=… -DBUILD=… -DBLOBS=… -DCC=… -DCXX=… -DLEVEL=-O… -DZSTD=… -P compilers.cmake
# SPDX-License-Identifier: MIT OR GPL-2.0-only
include(${CMAKE_CURRENT_LIST_DIR}/golden.cmake)

# No build type: it would bring an optimization level of its own.
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G Ninja -DCMAKE_BUILD_TYPE=None
    -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_FLAGS=${LEVEL}
    -DCMAKE_CXX_FLAGS=${LEVEL} -DNIBBLE_ZSTD_SOURCE=${ZSTD}
  COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target digest
  COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)

read_golden_names(names)
foreach(name IN LISTS names)
  digest_of(found ${BUILD}/tests/same_bits/digest ${BLOBS}/${name}.nbl)
  golden_digest(expected ${name})
  if(NOT found STREQUAL expected)
    message(SEND_ERROR "${CXX} ${LEVEL}, ${name}: ${found}, expected ${expected}")
  endif()
  message(STATUS "${CXX} ${LEVEL}, ${name}: ${found}")
endforeach()
