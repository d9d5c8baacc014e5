#!/usr/bin/env bash
# Builds the module against Debian's stock kernels and tests it on them, in QEMU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash kernel-module/test.sh [amd64|arm64]...
#
# Needs the host's tool: cmake --preset host && cmake --build --preset host --target nibble
set -euo pipefail
cd "$(dirname "$0")/.."
. kernel-module/stock_kernel.sh

say() { printf '\n== %s (%d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# The header belongs to programs of any kind, 32-bit ones as well.
check_header() {
  local header=kernel-module/include/uapi/linux/nibble.h bits
  gcc -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c "$header"
  g++ -std=c++11 -pedantic -Wall -Wextra -Werror -fsyntax-only -x c++ "$header"
  for bits in 32 64; do
    gcc -m$bits -std=c11 -Wall -Wextra -Werror -fsyntax-only -Ikernel-module/include/uapi \
      -idirafter "/usr/include/$(gcc -print-multiarch)" tests/kernel/layout_test.c
  done
}

test_on() {
  local arch=$1 module=$work/$1/kernel-module
  fetch_kernel "$arch"
  say "$arch: build against $(basename "$headers")"
  build_module "$arch"
  build_programs "$arch" tests/kernel/init.c tests/kernel/device_test.c
  size "$module/nibble.ko"
  say "$arch: test on $(basename "$image")"
  boot "$arch" device_test --tool "$nibble" --model "$work/model.nbl" --other "$work/other.nbl" \
    --after "$module/examples/pci_explain.ko" --settle 3 --expect 'PCI device [0-9a-f:]* is [A-Za-z]'
}

mkdir -p "$work"
say "models"
"$nibble" pack tests/models/kdoc-6m -o "$work/model.nbl" --weights int8 --group 32 > /dev/null
"$nibble" pack tests/models/kdoc-6m -o "$work/other.nbl" --weights int4 --group 128 --storage raw > /dev/null
check_header
[ $# -gt 0 ] || set -- amd64 arm64
# Each machine computes on one CPU most of the time, so they run side by side.
pids=()
for arch in "$@"; do
  (test_on "$arch") > "$work/$arch-test.log" 2>&1 &
  pids+=($!)
done
failed=0
for arch in "$@"; do
  wait "${pids[0]}" || failed=1
  pids=("${pids[@]:1}")
  cat "$work/$arch-test.log"
done
[ $failed = 0 ] || { say "the module FAILED"; exit 1; }
say "the module passed"
