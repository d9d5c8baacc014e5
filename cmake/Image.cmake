# Bare-metal images: nibble_add_image() links a blob, a prompt and the runtime into one ELF file.
# SPDX-License-Identifier: MIT OR GPL-2.0-only

# Works in three places: a host build (cmake/Bare.cmake builds the archives), a bare-metal build
# (its own archives; NIBBLE_TOOL is the host's nibble), an installed tree (NIBBLE_BARE_ROOT).
get_filename_component(NIBBLE_IMAGE_CMAKE_DIRECTORY ${CMAKE_CURRENT_LIST_FILE} DIRECTORY)

# What a target is: CPU, port archive, link address, linker emulation, compiler flags.
# riscv64 boots in M-mode, riscv64-sbi in S-mode under an SBI.
set(NIBBLE_IMAGE_x86_64 x86_64 nibble_port 0x100000 elf_x86_64 "")
set(NIBBLE_IMAGE_aarch64 aarch64 nibble_port 0x40200000 aarch64elf "")
set(NIBBLE_IMAGE_riscv64 riscv64 nibble_port 0x80000000 elf64lriscv
  "-march=rv64gc -mabi=lp64d -mcmodel=medany")
set(NIBBLE_IMAGE_riscv64-sbi riscv64 nibble_port_sbi 0x80200000 elf64lriscv
  "-march=rv64gc -mabi=lp64d -mcmodel=medany")

find_program(NIBBLE_IMAGE_COMPILER NAMES clang++-19 clang++)
find_program(NIBBLE_IMAGE_LINKER NAMES ld.lld-19 ld.lld)

# Where the archives, the sources and what must be rebuilt before are: sets runtime, port_archive,
# include_directories, linker_script and depends for the CPU.
macro(nibble_image_parts cpu port)
  if(NIBBLE_BARE_ROOT)
    set(runtime ${NIBBLE_BARE_ROOT}/${cpu}/libnibble.a)
    set(port_archive ${NIBBLE_BARE_ROOT}/${cpu}/lib${port}.a)
    set(include_directories ${NIBBLE_BARE_ROOT}/include ${NIBBLE_BARE_ROOT}/../../include)
    set(linker_script ${NIBBLE_BARE_ROOT}/image.ld)
    set(depends)
  else()
    if(NIBBLE_BARE)
      set(build ${PROJECT_BINARY_DIR})
      set(depends nibble_runtime ${port})
    else()
      set(build ${NIBBLE_BARE_DIRECTORY}/bare-${cpu})
      set(depends nibble_bare_${cpu})
    endif()
    set(runtime ${build}/runtime/libnibble.a)
    set(port_archive ${build}/runtime/ports/lib${port}.a)
    set(include_directories ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/runtime/include)
    set(linker_script ${PROJECT_SOURCE_DIR}/runtime/image/image.ld)
  endif()
  list(APPEND depends ${runtime} ${port_archive} ${linker_script})
endmacro()

# nibble_add_image(NAME name BLOB file TARGET target [PROMPT text] [TOKENS n] [CONTEXT n]
#                  [KERNELS set])
#   TARGET   x86_64, aarch64, riscv64 or riscv64-sbi
#   PROMPT   what the image answers; default "Once upon a time"
#   TOKENS   of the reply, at most; default 32
#   CONTEXT  tokens of the session; default: the blob's
#   KERNELS  the kernel set, such as scalar; a CPU that lacks it is refused with UnsupportedCpu;
#            default: the best that the CPU runs
# Makes target `name` and the file ${CMAKE_CURRENT_BINARY_DIR}/name.elf.
function(nibble_add_image)
  cmake_parse_arguments(arg "" "NAME;BLOB;TARGET;PROMPT;TOKENS;CONTEXT;KERNELS" "" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_BLOB OR NOT DEFINED NIBBLE_IMAGE_${arg_TARGET})
    message(FATAL_ERROR "nibble_add_image(NAME … BLOB … TARGET x86_64|aarch64|riscv64|riscv64-sbi "
                        "[PROMPT …] [TOKENS n] [CONTEXT n] [KERNELS set]): cannot read ${ARGV}")
  endif()
  if(NOT DEFINED arg_PROMPT)
    set(arg_PROMPT "Once upon a time")
  endif()
  if(NOT arg_TOKENS)
    set(arg_TOKENS 32)
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
  list(POP_FRONT NIBBLE_IMAGE_${arg_TARGET} cpu port base emulation flags)
  separate_arguments(flags)
  nibble_image_parts(${cpu} ${port})

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.image)
  set(elf ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.elf)
  # A string literal that any prompt survives.
  string(REPLACE "\\" "\\\\" prompt "${arg_PROMPT}")
  string(REPLACE "\"" "\\\"" prompt "${prompt}")
  string(REPLACE "\n" "\\n" prompt "${prompt}")
  set(tokens ${arg_TOKENS})
  set(kernels ${arg_KERNELS})
  configure_file(${NIBBLE_IMAGE_CMAKE_DIRECTORY}/image_request.cc.in ${folder}/request.cc @ONLY)
  list(TRANSFORM include_directories PREPEND -I)
  string(LENGTH "${arg_PROMPT}" prompt_bytes)

  # The whole archives are not linked: what the image does not call is left out.
  add_custom_command(OUTPUT ${elf}
    COMMAND ${tool} plan ${arg_BLOB} ${context_option} --prompt-bytes ${prompt_bytes}
            --residency keep --budget none --format header -o ${folder}/nibble_plan.h
    COMMAND ${tool} embed ${arg_BLOB} --target ${cpu} -o ${folder}/blob.o
    COMMAND ${NIBBLE_IMAGE_COMPILER} --target=${cpu}-linux-gnu ${flags} -std=c++20 -O2 -fno-pic
            -ffreestanding -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables
            -I${folder} ${include_directories} -c ${folder}/request.cc -o ${folder}/request.o
    COMMAND ${NIBBLE_IMAGE_LINKER} -m ${emulation} -static --gc-sections --build-id=none
            -z max-page-size=4096 -z noexecstack --fatal-warnings --defsym=IMAGE_BASE=${base}
            -T ${linker_script} ${folder}/request.o ${folder}/blob.o
            --start-group ${port_archive} ${runtime} --end-group -o ${elf}
    DEPENDS ${arg_BLOB} ${folder}/request.cc ${depends} ${tool}
    COMMENT "Linking image ${arg_NAME}" VERBATIM)
  add_custom_target(${arg_NAME} ALL DEPENDS ${elf})
endfunction()
