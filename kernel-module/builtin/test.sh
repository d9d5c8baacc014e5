#!/usr/bin/env bash
# Boots kernels with the driver and a model built in, and the module in kernels of our own.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   test.sh TOOL [x86_64|arm64|riscv64]...   the answer before init on these machines (default: all),
#                                            then the interface's tests; on riscv64 the module too
#   test.sh TOOL --debug                     the tests under KASAN, UBSAN, lockdep and kmemleak
#
# TOOL is the host's nibble, which packs the model and says what the answer is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -ge 1 ] || { sed -n '5,7s/^# *//p' "$0" >&2; exit 2; }
tool=$(realpath "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n== %s (%d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

declare -A cross=([x86_64]='' [arm64]=aarch64-linux-gnu- [riscv64]=riscv64-linux-gnu-)
declare -A linux_arch=([x86_64]=x86 [arm64]=arm64 [riscv64]=riscv)

pack() {
  "$tool" pack "$root/tests/models/kdoc-6m" --storage raw -o "$work/raw.nbl" > "$work/pack.log"
  "$tool" pack "$root/tests/models/kdoc-6m" -o "$work/zstd.nbl" >> "$work/pack.log"
}

# The first process and the tests, static: the machine has nothing else.
compile_tests() {
  local arch=$1 name
  for name in init device_test; do
    "${cross[$arch]}gcc-12" -O2 -Wall -Wextra -Werror -static -pthread -I"$root/kernel-module/include/uapi" \
      "$root/tests/kernel/$name.c" -o "$work/$name-$arch"
  done
}

boot() {
  local arch=$1 image=$2
  shift 2
  python3 "$root/tests/kernel/boot_linux.py" "$arch" "$image" --tool "$tool" --model "$work/raw.nbl" \
    --other "$work/zstd.nbl" "$@"
}

with_tests() { echo --init "$work/init-$1" --test "$work/device_test-$1"; }

test_built_in() {
  local arch=$1 image _
  say "build $arch with the model in the image"
  read -r _ image < <("$here/kernel.sh" "$arch" "$work/raw.nbl")
  say "boot $arch without a file system"
  boot "$arch" "$image" --built-in
  say "boot $arch with the interface's tests"
  # shellcheck disable=SC2046
  boot "$arch" "$image" --built-in $(with_tests "$arch")
}

# Kernel images of Debian's for the other machines are tested elsewhere.
test_module() {
  local arch=$1 build image
  say "build $arch for modules"
  read -r build image < <("$here/kernel.sh" "$arch")
  build_module "$build" "$arch"
  say "boot $arch with the module"
  # shellcheck disable=SC2046
  boot "$arch" "$image" --module "$root/kernel-module/nibble.ko" $(with_tests "$arch")
}

build_module() {
  local build=$1 arch=$2
  shift 2
  make -s -C "$root/kernel-module" KERNEL="$build" ARCH="${linux_arch[$arch]}" CROSS_COMPILE="${cross[$arch]}" \
    CC="${cross[$arch]}gcc-12" CXX_FOR_NIBBLE="${cross[$arch]}g++-12" "$@" 2>&1 | tee "$work/module.log"
  if grep -i warning "$work/module.log"; then return 1; fi
}

detectors=(kasan kasan_vector ubsan ubsan_vector lockdep kmemleak atomic_sleep)

test_debug() {
  local build image detector
  compile_tests x86_64
  say "build the debug kernel"
  read -r build image < <("$here/kernel.sh" debug)
  build_module "$build" x86_64
  say "boot the debug kernel with the interface's tests"
  # shellcheck disable=SC2046
  boot x86_64 "$image" --module "$root/kernel-module/nibble.ko" $(with_tests x86_64) --timeout 1800
  for detector in "${detectors[@]}"; do
    say "plant a bug for $detector"
    build_module "$build" x86_64 NIBBLE_PLANT="$detector"
    boot x86_64 "$image" --module "$root/kernel-module/nibble.ko" --init "$work/init-x86_64" --caught "$detector"
  done
}

pack
if [ "${1:-}" = --debug ]; then
  test_debug
  say "the debug kernel found nothing, and each planted bug"
  exit
fi
machines=("$@")
[ $# -gt 0 ] || machines=(x86_64 arm64 riscv64)
for machine in "${machines[@]}"; do
  compile_tests "$machine"
  test_built_in "$machine"
  if [ "$machine" = riscv64 ]; then test_module "$machine"; fi
done
say "all kernels passed"
