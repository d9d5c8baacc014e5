#!/usr/bin/env bash
# Builds the module against Debian's stock kernels and tests it on them, in QEMU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash kernel-module/test.sh [amd64|arm64]...
#
# Needs the host's tool: cmake --preset host && cmake --build --preset host --target nibble
set -euo pipefail
cd "$(dirname "$0")/.."

nibble=build/host/offline/cli/nibble
work=build/linux
declare -A names=([amd64]=x86_64 [arm64]=arm64)
declare -A prefixes=([amd64]= [arm64]=aarch64-linux-gnu-)

say() { printf '\n== %s (%d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# The module in a folder of its own per architecture. Compiler, objtool and modpost have to be silent.
build_module() {
  local arch=$1 kernel=$2 folder=$work/$1 log=$work/$1.log
  mkdir -p "$folder"
  cp -ru kernel-module "$folder/"
  ln -sfn "$PWD/runtime" "$folder/runtime"
  make -C "$folder/kernel-module" KERNEL="$kernel" ARCH="${names[$arch]}" CROSS_COMPILE="${prefixes[$arch]}" \
    EXAMPLES=1 -j"$(nproc)" modules > "$log" 2>&1 || { cat "$log"; return 1; }
  if grep -E 'warning:|error:|objtool|modpost' "$log"; then
    echo "test.sh: $log has complaints" >&2
    return 1
  fi
}

build_programs() {
  local arch=$1 source
  for source in tests/kernel/init.c tests/kernel/device_test.c docs/examples/ask.c; do
    "${prefixes[$arch]}gcc" -static -O1 -Wall -Wextra -Werror -pthread -Ikernel-module/include/uapi \
      -o "$work/$arch/$(basename "$source" .c)" "$source"
  done
}

# The header belongs to programs of any kind, 32-bit ones as well.
check_header() {
  local header=kernel-module/include/uapi/linux/nibble.h
  gcc -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c "$header"
  g++ -std=c++11 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c++ "$header"
  local bits
  for bits in 32 64; do
    gcc -m$bits -std=c11 -Wall -Wextra -Werror -fsyntax-only -Ikernel-module/include/uapi \
      -idirafter "/usr/include/$(gcc -print-multiarch)" tests/kernel/layout_test.c
  done
}

test_on() {
  local arch=$1 folder=$work/$1 kernel
  mapfile -t kernel < <(bash kernel-module/debian.sh "$arch")
  say "$arch: build against $(basename "${kernel[0]}")"
  build_module "$arch" "${kernel[0]}"
  build_programs "$arch"
  size "$folder/kernel-module/nibble.ko"
  say "$arch: test on $(basename "${kernel[1]}")"
  python3 -B tests/kernel/boot_linux.py "${names[$arch]}" "${kernel[1]}" --init "$folder/init" \
    --module "$folder/kernel-module/nibble.ko" --program "$folder/device_test" --tool "$nibble" \
    --model "$work/model.nbl" --other "$work/other.nbl" \
    --after "$folder/kernel-module/examples/pci_explain.ko" --settle 3 \
    --expect 'PCI device [0-9a-f:]* is [A-Za-z]' --quiet
}

mkdir -p "$work"
say "models"
"$nibble" pack tests/models/kdoc-6m -o "$work/model.nbl" --weights int8 --group 32 > /dev/null
"$nibble" pack tests/models/kdoc-6m -o "$work/other.nbl" --weights int4 --group 128 > /dev/null
check_header
for arch in "${@:-amd64 arm64}"; do
  for one in $arch; do test_on "$one"; done
done
say "the module passed"
