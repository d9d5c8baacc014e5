#!/usr/bin/env bash
# Boots small kernels with the driver and a model built in, and the module in kernels of our own.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash kernel-module/builtin/test.sh [amd64|arm64|riscv64]...   default: all three
#   bash kernel-module/builtin/test.sh --debug                    KASAN, UBSAN, lockdep, kmemleak
#
# Each machine answers before init, without a file system, and then passes the tests of the interface;
# on riscv64 the module passes them too. The debug kernel finds nothing in the tests, and each planted
# bug. Needs the host's tool: cmake --preset host && cmake --build --preset host --target nibble
set -euo pipefail
cd "$(dirname "$0")/../.."
. kernel-module/stock_kernel.sh

# make_kernel ARCH [MODEL]: sets headers and image.
make_kernel() {
  local made
  made=$(bash kernel-module/builtin/kernel.sh "$@")
  read -r headers image <<< "$made"
}

programs() {
  mkdir -p "$work/$1"
  build_device_test "$1"
}

# check_image BLOB: what the linker made of the model, and the bill with the driver's own size.
check_image() {
  local blob=$1 begin end bytes driver_bytes
  begin=$((16#$(awk '$3 == "nbl_embedded_model" { print $1 }' "$headers/System.map")))
  end=$((16#$(awk '$3 == "nbl_embedded_model_end" { print $1 }' "$headers/System.map")))
  bytes=$(stat -c %s "$blob")
  [ $((end - begin)) = "$bytes" ] || { echo "the image has $((end - begin)) of $bytes bytes" >&2; return 1; }
  [ $((begin % 64)) = 0 ] || { echo "the model is not on a 64-byte boundary" >&2; return 1; }
  driver_bytes=$("${prefixes[$arch]}size" -t "$headers/drivers/nibble/built-in.a" | awk 'END { print $4 }')
  "$nibble" plan "$blob" --residency keep --code-bytes $((driver_bytes - bytes))
}

test_built_in() {
  local arch=$1 blob=$work/raw.nbl
  say "$arch: build with the model in the image"
  make_kernel "$arch" "$blob"
  check_image "$blob"
  say "$arch: answer without a file system"
  # Where KUnit is, its verdict on the driver's parts comes first.
  local options=()
  ! grep -qx CONFIG_NIBBLE_KUNIT_TEST=y "$headers/.config" || options=(--expect 'ok [0-9]+ nibble')
  boot_image "$arch" --built-in --tool "$nibble" --model "$blob" "${options[@]}"
  programs "$arch"
  say "$arch: test the interface"
  boot_image "$arch" --built-in --tool "$nibble" --model "$blob" --other "$work/other.nbl" \
    --init "$work/$arch/init" --program "$work/$arch/device_test" --quiet --timeout 900
}

test_module() {
  local arch=$1
  say "$arch: build for modules"
  make_kernel "$arch"
  build_module "$arch" EXAMPLES= CC="${prefixes[$arch]}gcc-12" CXX_FOR_NIBBLE="${prefixes[$arch]}g++-12"
  programs "$arch"
  say "$arch: test the module"
  boot "$arch" device_test --tool "$nibble" --model "$work/raw.nbl" --other "$work/other.nbl" --timeout 1800
}

plant() {
  say "plant a bug for $1"
  build_module debug EXAMPLES= CC=gcc-12 CXX_FOR_NIBBLE=g++-12 NIBBLE_PLANT="$1"
  boot_image debug --init "$work/debug/init" --module "$work/debug/kernel-module/nibble.ko" \
    --model "$work/raw.nbl" --caught "$1" |
    awk '/BUG:|UBSAN:|WARNING:|unreferenced/ && ++shown <= 3' # which reads all, as grep -m does not
}

bash cmake/setup.sh --kernels
pack_models
if [ "${1:-}" = --debug ]; then
  test_module debug
  for detector in kasan kasan_vector ubsan ubsan_vector lockdep kmemleak atomic_sleep; do
    plant "$detector"
  done
  say "the debug kernel found nothing but what was planted"
  exit
fi
[ $# -gt 0 ] || set -- amd64 arm64 riscv64
for arch in "$@"; do
  test_built_in "$arch"
  if [ "$arch" = riscv64 ]; then test_module "$arch"; fi
done
say "the kernels of our own passed"
