# For bash scripts: the module and programs for one of Debian's kernels, and a machine to run them on.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# Sourced at the root of the repository. Everything is made in build/linux/<architecture>.
nibble=build/host/offline/cli/nibble
work=build/linux
declare -A kernel_names=([amd64]=x86_64 [arm64]=arm64)
declare -A prefixes=([amd64]= [arm64]=aarch64-linux-gnu-)

# Fetches the kernel: sets headers and image.
fetch_kernel() {
  mapfile -t fetched < <(bash kernel-module/debian.sh "$1")
  headers=${fetched[0]}
  image=${fetched[1]}
}

# The module in a folder of its own per architecture. Compiler, objtool and modpost have to be silent.
build_module() {
  local arch=$1 folder=$work/$1 log=$work/$1.log
  mkdir -p "$folder"
  cp -ru kernel-module "$folder/"
  ln -sfn "$PWD/runtime" "$folder/runtime"
  make -C "$folder/kernel-module" KERNEL="$headers" ARCH="${kernel_names[$arch]}" \
    CROSS_COMPILE="${prefixes[$arch]}" EXAMPLES=1 -j"$(nproc)" modules > "$log" 2>&1 || { cat "$log"; return 1; }
  if grep -E 'warning:|error:|objtool:|modpost:' "$log"; then
    echo "$log has complaints" >&2
    return 1
  fi
}

# build_programs ARCH SOURCE...: static ones, since the machines have no libraries.
build_programs() {
  local arch=$1 source
  shift
  for source in "$@"; do
    "${prefixes[$arch]}gcc" -static -O1 -Wall -Wextra -Werror -pthread -Ikernel-module/include/uapi \
      -o "$work/$arch/$(basename "$source" .c)" "$source"
  done
}

# boot ARCH PROGRAM [option of boot_linux.py]...
boot() {
  local arch=$1 program=$2 folder=$work/$1
  shift 2
  python3 -B tests/kernel/boot_linux.py "${kernel_names[$arch]}" "$image" --init "$folder/init" \
    --module "$folder/kernel-module/nibble.ko" --program "$folder/$program" --quiet "$@"
}
