# Bare-metal images: nibble_add_image() links a blob, a prompt and the runtime into one ELF file.
# SPDX-License-Identifier: MIT OR GPL-2.0-only

# Works in three places: a host build (cmake/Bare.cmake builds the archives), a bare-metal build
# (its own archives; NIBBLE_TOOL is the host's nibble), an installed tree (NIBBLE_BARE_ROOT).
get_filename_component(NIBBLE_IMAGE_CMAKE_DIRECTORY ${CMAKE_CURRENT_LIST_FILE} DIRECTORY)

include(${NIBBLE_IMAGE_CMAKE_DIRECTORY}/Freestanding.cmake)

# What a target is: CPU, port archive, link address, linker emulation.
# riscv64 boots in M-mode, riscv64-sbi in S-mode under an SBI.
set(NIBBLE_IMAGE_x86_64 x86_64 nibble_port 0x100000 elf_x86_64)
set(NIBBLE_IMAGE_aarch64 aarch64 nibble_port 0x40200000 aarch64elf)
set(NIBBLE_IMAGE_riscv64 riscv64 nibble_port 0x80000000 elf64lriscv)
set(NIBBLE_IMAGE_riscv64-sbi riscv64 nibble_port_sbi 0x80200000 elf64lriscv)

find_program(NIBBLE_IMAGE_COMPILER NAMES clang++-19 clang++)
find_program(NIBBLE_IMAGE_LINKER NAMES ld.lld-19 ld.lld)

# Headers of images, and their linker script: an installed tree's, or those of the sources.
if(NIBBLE_BARE_ROOT)
  set(NIBBLE_IMAGE_INCLUDE_DIRECTORIES ${NIBBLE_BARE_ROOT}/include ${NIBBLE_INCLUDE_DIRECTORY})
  set(NIBBLE_IMAGE_LINKER_SCRIPT ${NIBBLE_BARE_ROOT}/image.ld)
else()
  set(NIBBLE_IMAGE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/include)
  set(NIBBLE_IMAGE_LINKER_SCRIPT ${PROJECT_SOURCE_DIR}/runtime/image/image.ld)
endif()

# nibble_find_image_archives(cpu port ARCHIVES variable TARGETS variable): the files that images of
# the CPU are linked from, and the targets that build them.
function(nibble_find_image_archives cpu port)
  cmake_parse_arguments(arg "" "ARCHIVES;TARGETS" "" ${ARGN})
  set(targets)
  if(NIBBLE_BARE_ROOT)
    set(archives ${NIBBLE_BARE_ROOT}/${cpu}/lib${port}.a ${NIBBLE_BARE_ROOT}/${cpu}/libnibble.a)
  else()
    set(build ${NIBBLE_BARE_DIRECTORY}/bare-${cpu})
    set(targets nibble_bare_${cpu})
    if(NIBBLE_BARE)
      set(build ${PROJECT_BINARY_DIR})
      set(targets nibble_runtime ${port})
    endif()
    set(archives ${build}/runtime/ports/lib${port}.a ${build}/runtime/libnibble.a)
  endif()
  set(${arg_ARCHIVES} ${archives} PARENT_SCOPE)
  set(${arg_TARGETS} ${targets} PARENT_SCOPE)
endfunction()

# nibble_add_image(NAME name BLOB file TARGET target [PROMPT text] [TOKENS n] [CONTEXT n]
#                  [KERNELS set] [SESSIONS n])
#   TARGET   x86_64, aarch64, riscv64 or riscv64-sbi
#   PROMPT   what the image answers; default "Once upon a time"
#   TOKENS   of the reply, at most; default 32
#   CONTEXT  tokens of the session; default: the blob's
#   KERNELS  the kernel set, such as scalar; a CPU that lacks it is refused with UnsupportedCpu;
#            default: the best that the CPU runs
#   SESSIONS  that reply to the prompt side by side, in one batch, up to 4; default 1
# Makes target `name` and the file ${CMAKE_CURRENT_BINARY_DIR}/name.elf.
function(nibble_add_image)
  cmake_parse_arguments(arg "" "NAME;BLOB;TARGET;PROMPT;TOKENS;CONTEXT;KERNELS;SESSIONS" "" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_BLOB OR NOT DEFINED NIBBLE_IMAGE_${arg_TARGET})
    message(FATAL_ERROR "nibble_add_image(NAME … BLOB … TARGET x86_64|aarch64|riscv64|riscv64-sbi "
                        "[PROMPT …] [TOKENS n] [CONTEXT n] [KERNELS set] [SESSIONS n]): cannot read ${ARGV}")
  endif()
  if(NOT DEFINED arg_PROMPT)
    set(arg_PROMPT "Once upon a time")
  endif()
  if(NOT arg_TOKENS)
    set(arg_TOKENS 32)
  endif()
  if(NOT arg_SESSIONS)
    set(arg_SESSIONS 1)
  endif()
  set(context_option)
  if(arg_CONTEXT)
    set(context_option --context ${arg_CONTEXT})
  endif()
  set(tool nibble)
  if(NIBBLE_TOOL)
    set(tool ${NIBBLE_TOOL})
  elseif(TARGET nibble::tool)
    set(tool nibble::tool)
  endif()
  list(POP_FRONT NIBBLE_IMAGE_${arg_TARGET} cpu port base emulation)
  nibble_find_image_archives(${cpu} ${port} ARCHIVES archives TARGETS archive_targets)

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.image)
  set(elf ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.elf)
  # A string literal that any prompt survives.
  string(REPLACE "\\" "\\\\" prompt "${arg_PROMPT}")
  string(REPLACE "\"" "\\\"" prompt "${prompt}")
  string(REPLACE "\n" "\\n" prompt "${prompt}")
  set(tokens ${arg_TOKENS})
  set(kernels ${arg_KERNELS})
  configure_file(${NIBBLE_IMAGE_CMAKE_DIRECTORY}/image_request.cc.in ${folder}/request.cc @ONLY)
  list(TRANSFORM NIBBLE_IMAGE_INCLUDE_DIRECTORIES PREPEND -I OUTPUT_VARIABLE include_options)
  string(LENGTH "${arg_PROMPT}" prompt_bytes)

  add_custom_command(OUTPUT ${elf}
    COMMAND ${tool} plan ${arg_BLOB} ${context_option} --prompt-bytes ${prompt_bytes}
            --sessions ${arg_SESSIONS} --batched
            --residency keep --budget none --format header -o ${folder}/nibble_plan.h
    COMMAND ${tool} embed ${arg_BLOB} --target ${cpu} -o ${folder}/blob.o
    COMMAND ${NIBBLE_IMAGE_COMPILER} --target=${cpu}-linux-gnu -std=c++20 -O2
            ${NIBBLE_BARE_ISA_${cpu}} ${NIBBLE_BARE_CODE_${cpu}}
            ${NIBBLE_FREESTANDING_FLAGS} ${NIBBLE_FREESTANDING_CXX_FLAGS}
            -I${folder} ${include_options} -c ${folder}/request.cc -o ${folder}/request.o
    COMMAND ${NIBBLE_IMAGE_LINKER} -m ${emulation} -static --gc-sections --build-id=none
            -z max-page-size=4096 -z noexecstack --fatal-warnings --defsym=IMAGE_BASE=${base}
            -T ${NIBBLE_IMAGE_LINKER_SCRIPT} ${folder}/request.o ${folder}/blob.o
            --start-group ${archives} --end-group -o ${elf}
    DEPENDS ${arg_BLOB} ${folder}/request.cc ${archives} ${archive_targets}
            ${NIBBLE_IMAGE_LINKER_SCRIPT} ${tool}
    COMMENT "Linking image ${arg_NAME}" VERBATIM)
  add_custom_target(${arg_NAME} ALL DEPENDS ${elf})
endfunction()
