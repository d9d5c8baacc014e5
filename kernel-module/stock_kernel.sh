# For bash scripts: models, the module and programs for a kernel, and a machine to run them on.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# Sourced at the root of the repository. Everything is made in build/linux/<architecture>.
nibble=${NIBBLE_TOOL:-build/host/offline/cli/nibble}
work=build/linux
declare -A kernel_names=([amd64]=x86_64 [arm64]=arm64 [riscv64]=riscv [debug]=x86_64)
declare -A machines=([amd64]=x86_64 [arm64]=arm64 [riscv64]=riscv64 [debug]=x86_64)
declare -A prefixes=([amd64]= [arm64]=aarch64-linux-gnu- [riscv64]=riscv64-linux-gnu- [debug]=)

say() { printf '\n== %s (%d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# pack_model NAME [option of nibble pack]...: $work/NAME.nbl
pack_model() {
  local name=$1
  shift
  mkdir -p "$work"
  "$nibble" pack tests/models/kdoc-6m -o "$work/$name.nbl" "$@" > /dev/null
}

# What tests load: a model that is unpacked, one that is used in place, and another one that loads fast.
pack_models() {
  pack_model model --weights int8 --group 32
  pack_model raw --storage raw
  pack_model other --weights int4 --group 64 --storage raw
}

# Fetches a kernel of Debian's: sets headers and image.
fetch_kernel() {
  mapfile -t fetched < <(bash kernel-module/debian.sh "$1")
  headers=${fetched[0]}
  image=${fetched[1]}
}

# build_module ARCH [argument of make]...: the module against $headers, in a folder of its own.
# Compiler, sparse, objtool and modpost have to be silent. Sparse does not know the -march of riscv64.
build_module() {
  local arch=$1 folder=$work/$1 log=$work/$1.log sparse=1
  shift
  [ "$arch" != riscv64 ] || sparse=0
  mkdir -p "$folder"
  cp -ru kernel-module "$folder/"
  ln -sfn "$PWD/runtime" "$folder/runtime"
  make -C "$folder/kernel-module" KERNEL="$headers" ARCH="${kernel_names[$arch]}" \
    CROSS_COMPILE="${prefixes[$arch]}" EXAMPLES=1 C=$sparse -j"$(nproc)" "$@" modules > "$log" 2>&1 || { cat "$log"; return 1; }
  if grep -E 'warning:|error:|objtool:|modpost:|sparse:' "$log"; then
    echo "$log has complaints" >&2
    return 1
  fi
}

# build_program ARCH SOURCE...: one program, named by its first source; static, since the machines have
# no libraries.
build_program() {
  local arch=$1
  shift
  "${prefixes[$arch]}gcc" -static -O1 -Wall -Wextra -Werror -pthread -Ikernel-module/include/uapi \
    -o "$work/$arch/$(basename "$1" .c)" "$@"
}

# What starts the tests of the interface, and the tests.
build_device_test() {
  build_program "$1" tests/kernel/init.c
  build_program "$1" tests/kernel/device_test.c tests/kernel/device/*.c
}

# boot_image ARCH [option of boot_linux.py]...
boot_image() {
  local arch=$1
  shift
  python3 -B tests/kernel/boot_linux.py "${machines[$arch]}" "$image" "$@"
}

# boot ARCH PROGRAM [option of boot_linux.py]...: with the module.
boot() {
  local arch=$1 program=$2 folder=$work/$1
  shift 2
  boot_image "$arch" --init "$folder/init" --module "$folder/kernel-module/nibble.ko" \
    --program "$folder/$program" --quiet "$@"
}
