# Installs into a fresh prefix, builds docs/examples against it twice, runs what came out.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(prefix ${WORK}/prefix)
set(prompt "PCI device 8086:10d3 is")
set(reply " the Intel 82574L Gigabit Network Connection.")
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${status}\n${out}")
  endif()
endfunction()

function(expect_reply program)
  execute_process(COMMAND ${program} ${BLOB} ${prompt}
    RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE error)
  if(NOT status EQUAL 0 OR NOT out STREQUAL reply)
    message(FATAL_ERROR "${program}: status ${status}, printed \"${out}\", not \"${reply}\"\n${error}")
  endif()
endfunction()

# What goes wrong is said on standard error, and is not status 0.
function(expect_error program blob prompt message)
  execute_process(COMMAND ${program} ${blob} ${prompt}
    RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE error)
  if(status EQUAL 0 OR NOT error MATCHES "${message}")
    message(FATAL_ERROR "${program} ${blob}: status ${status}, said \"${error}\", not \"${message}\"")
  endif()
endfunction()

function(expect_errors program)
  string(REPEAT "many words " 1000 long_prompt)
  expect_error(${program} ${BLOB} ${long_prompt} "do not fit the context")
  expect_error(${program} ${SOURCE}/README.md prompt "not a nibble blob")
  expect_error(${program} ${WORK}/no-such-file prompt "")
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
foreach(page nibble nibble-pack nibble-run)
  if(NOT EXISTS ${prefix}/share/man/man1/${page}.1)
    message(FATAL_ERROR "the man page ${page}.1 was not installed")
  endif()
endforeach()
# A prefix that was moved must work: nothing in it may name the place it was installed to.
file(RENAME ${prefix} ${WORK}/moved)
set(prefix ${WORK}/moved)

# Every installed header is usable with what was installed, and nothing else.
file(GLOB headers RELATIVE ${prefix}/include ${prefix}/include/nibble/*.h)
if(NOT headers)
  message(FATAL_ERROR "no headers were installed")
endif()
foreach(header IN LISTS headers)
  file(WRITE ${WORK}/header.cc "#include <${header}>\n")
  run(${CXX_COMPILER} -std=c++20 -fsyntax-only -I${prefix}/include ${WORK}/header.cc)
endforeach()

set(image_options)
if(IMAGES)
  set(image_options -DBLOB=${BLOB})
endif()
run(${CMAKE_COMMAND} -S ${SOURCE}/docs/examples -B ${WORK}/build -G ${GENERATOR}
  -DCMAKE_PREFIX_PATH=${prefix} ${image_options} -DCMAKE_C_COMPILER=${C_COMPILER}
  -DCMAKE_CXX_COMPILER=${CXX_COMPILER} "-DCMAKE_C_FLAGS=${C_FLAGS}" "-DCMAKE_CXX_FLAGS=${CXX_FLAGS}")
run(${CMAKE_COMMAND} --build ${WORK}/build)
expect_reply(${WORK}/build/hello_cc)
expect_reply(${WORK}/build/hello_c)
expect_errors(${WORK}/build/hello_cc)
expect_errors(${WORK}/build/hello_c)
if(IMAGES)
  run(${PYTHON} -B ${SOURCE}/tests/qemu/boot.py aarch64 ${WORK}/build/hello_image.elf
    --expect "^text ${prompt}${reply}" --expect "^passed")
endif()

file(GLOB_RECURSE pc ${prefix}/nibble.pc)
get_filename_component(folder ${pc} DIRECTORY)
execute_process(COMMAND ${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${folder}
  pkg-config --cflags --libs nibble
  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
separate_arguments(c_flags UNIX_COMMAND "${C_FLAGS}")
run(${C_COMPILER} ${c_flags} -std=c11 -Wall -Wextra -Werror ${SOURCE}/docs/examples/hello.c ${flags}
  -o ${WORK}/hello_pc)
expect_reply(${WORK}/hello_pc)
