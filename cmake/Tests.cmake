# Unit tests: nibble_add_test() makes one GoogleTest executable and registers its tests with ctest.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
include(GoogleTest)

if(CMAKE_CROSSCOMPILING)
  # No GoogleTest library exists for these targets: its source package is compiled instead.
  set(INSTALL_GTEST OFF)
  set(BUILD_GMOCK OFF)
  add_subdirectory(/usr/src/googletest ${CMAKE_BINARY_DIR}/googletest EXCLUDE_FROM_ALL SYSTEM)
  target_compile_options(gtest PRIVATE -w)
  target_compile_options(gtest_main PRIVATE -w)
else()
  find_package(GTest REQUIRED)
endif()
add_custom_target(nibble_thread_tests)

# nibble_add_test(NAME name SOURCES … [LIBRARIES …] [DATA file…] [FIXTURES name…] [WHOLE] [PER_CPU] [THREADS] [TIMEOUT seconds])
#   LIBRARIES  targets beside the runtime and the hosted platform, which are always linked
#   DATA       files the tests read: rebuilt before, and named in the test's REQUIRED_FILES
#   FIXTURES   ctest fixtures they need: "blobs" are the packed models of tests/support
#   WHOLE      one ctest for the executable: for suites that share one expensive set-up
#   PER_CPU    in cross builds the caller registers the executable with ctest, once per emulated CPU
#   THREADS    part of target nibble_thread_tests, and labeled "threads" instead of its folder's name:
#              what the preset tsan builds and runs
# nibble_define_source_folder(source…) defines NIBBLE_SOURCE_DIR as a string, for finding data.
# A test that links a library of offline/ or tests/support does not exist in builds without offline/.

# For the named sources only: what they compile to is another object in every checkout.
function(nibble_define_source_folder)
  set_source_files_properties(${ARGN} PROPERTIES
    COMPILE_DEFINITIONS NIBBLE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()

function(nibble_add_test)
  cmake_parse_arguments(arg "WHOLE;PER_CPU;THREADS" "NAME;TIMEOUT" "SOURCES;LIBRARIES;DATA;FIXTURES" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "nibble_add_test(NAME … SOURCES …): cannot read ${ARGV}")
  endif()
  if(NOT NIBBLE_OFFLINE AND arg_LIBRARIES MATCHES "nibble_(offline|test)_")
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NIBBLE_SANITIZE)
    math(EXPR arg_TIMEOUT "3 * ${arg_TIMEOUT}")  # whole executables, and slower ones
  endif()

  add_executable(${arg_NAME} ${arg_SOURCES})
  target_include_directories(${arg_NAME} PRIVATE ${PROJECT_SOURCE_DIR})
  # GoogleTest's macros are an if with an else; GCC sees the reader's own if before them.
  target_compile_options(${arg_NAME} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-dangling-else>)
  target_link_libraries(${arg_NAME} PRIVATE
    ${arg_LIBRARIES} nibble_runtime nibble_platform_hosted GTest::gtest_main)

  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  string(REGEX REPLACE "/.*" "" label "${folder}")
  if(arg_THREADS)
    set(label threads)
    add_dependencies(nibble_thread_tests ${arg_NAME})
  endif()
  set(properties TIMEOUT ${arg_TIMEOUT} LABELS ${label})
  if(arg_DATA)
    list(APPEND properties REQUIRED_FILES "${arg_DATA}")
  endif()
  if(arg_FIXTURES)
    list(APPEND properties FIXTURES_REQUIRED "${arg_FIXTURES}")
  endif()
  if(arg_PER_CPU AND CMAKE_CROSSCOMPILING)
    return()
  endif()
  # A sanitized executable takes longer to start than most tests to run.
  if(arg_WHOLE OR NIBBLE_SANITIZE)
    add_test(NAME ${folder}/${arg_NAME} COMMAND ${arg_NAME})
    set_tests_properties(${folder}/${arg_NAME} PROPERTIES ${properties}
      SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\] [0-9]+ test.*\n$")
  else()
    gtest_discover_tests(${arg_NAME} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
      TEST_PREFIX ${folder}/ PROPERTIES ${properties})
  endif()
endfunction()
