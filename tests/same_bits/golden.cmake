# Reads and writes tests/golden/digests.json. As a script it rewrites the file:
#   cmake -DDIGEST=program -DBLOBS=folder -P golden.cmake
# SPDX-License-Identifier: MIT OR GPL-2.0-only
set(NIBBLE_GOLDEN_FILE ${CMAKE_CURRENT_LIST_DIR}/../golden/digests.json)

function(read_golden_names names)
  file(READ ${NIBBLE_GOLDEN_FILE} json)
  string(JSON count LENGTH "${json}")
  math(EXPR last "${count} - 1")
  foreach(index RANGE ${last})
    string(JSON name MEMBER "${json}" ${index})
    list(APPEND found ${name})
  endforeach()
  set(${names} ${found} PARENT_SCOPE)
endfunction()

function(golden_digest digest name)
  file(READ ${NIBBLE_GOLDEN_FILE} json)
  string(JSON found GET "${json}" ${name})
  set(${digest} ${found} PARENT_SCOPE)
endfunction()

# digest_of(VARIABLE program blob): what `digest` prints, without the word.
function(digest_of digest program blob)
  execute_process(COMMAND ${program} ${blob} OUTPUT_VARIABLE line COMMAND_ERROR_IS_FATAL ANY
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^digest " "" found "${line}")
  set(${digest} ${found} PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  read_golden_names(names)
  set(json "{}")
  foreach(name IN LISTS names)
    digest_of(found ${DIGEST} ${BLOBS}/${name}.nbl)
    string(JSON json SET "${json}" ${name} "\"${found}\"")
  endforeach()
  file(WRITE ${NIBBLE_GOLDEN_FILE} "${json}\n")
endif()
