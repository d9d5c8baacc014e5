#!/usr/bin/env bash
# Builds the module against Debian's stock kernels and tests it on them, and a kernel with a model built
# in, in QEMU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash kernel-module/test.sh [--built-in|--full] [amd64|arm64]...
#
# The kernel of amd64 alone has the model built in, --built-in goes on with those of arm64 and riscv64,
# and --full with the debug kernel after them: see builtin/test.sh. They have to be compiled first, which
# takes more than five minutes of a core each, and are kept.
# Needs the host's tool: cmake --preset host && cmake --build --preset host --target nibble
set -euo pipefail
cd "$(dirname "$0")/.."
. kernel-module/stock_kernel.sh

# The headers belong to programs of any kind, 32-bit ones as well.
check_headers() {
  local options=(-pedantic -Wall -Wextra -Werror -fsyntax-only -Ikernel-module/include/uapi) header bits
  for header in kernel-module/include/uapi/linux/nibble.h docs/examples/client.h; do
    gcc -std=c99 "${options[@]}" -x c "$header"
    g++ -std=c++11 "${options[@]}" -x c++ "$header"
  done
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
  build_device_test "$arch"
  size "$module/nibble.ko"
  say "$arch: test on $(basename "$image")"
  # Threads are the same on each architecture, so one tests them.
  local options=()
  [ "$arch" != amd64 ] || options=(--arguments threads)
  boot "$arch" device_test "${options[@]}" --tool "$nibble" --model "$work/model.nbl" --other "$work/other.nbl" \
    --timeout 900 --after "$module/examples/pci_explain.ko" --settle 3 --expect 'PCI device [0-9a-f:]* is [A-Za-z]'
}

test_client() {
  say "amd64: test the client of docs/examples"
  build_program amd64 tests/kernel/client_test.c docs/examples/client.c
  fetch_kernel amd64
  boot amd64 client_test --tool "$nibble" --model "$work/model.nbl"
}

# Instructions in the kernel and in a process: the same objects, so what differs is the kernel's part.
measure_throughput() {
  local folder=$work/amd64
  say "amd64: count the instructions of an answer"
  gcc -static -no-pie -O1 -Wall -Wextra -Werror -Ikernel-module/include/uapi -Iruntime/include \
    -o "$folder/throughput" tests/kernel/throughput.c "$folder/kernel-module/runtime.o"
  fetch_kernel amd64
  boot amd64 throughput --model "$work/raw.nbl" --icount --cpus 1
}

# A model of 70 MB: how long loading keeps the CPU, and what it holds meanwhile.
measure_loading() {
  local folder=$work/amd64
  say "amd64: load the 135M shape"
  mkdir -p "$work/135m"
  [ -e "$work/large.nbl" ] || { build/host/tests/models/generate_model 135m "$work/135m" > /dev/null &&
    "$nibble" pack "$work/135m" -o "$work/large.nbl" --weights int4 --kv int8 > /dev/null; }
  "$nibble" plan "$work/large.nbl" --residency release
  build_program amd64 tests/kernel/loading.c
  fetch_kernel amd64
  boot amd64 loading --model "$work/raw.nbl" --other "$work/large.nbl" --icount --cpus 1 --timeout 600
}

# Each machine computes on one CPU most of the time, so they run side by side.
test_side_by_side() {
  local arch failed=0 pids=()
  for arch in "$@"; do
    (test_on "$arch") > "$work/$arch-test.log" 2>&1 &
    pids+=($!)
  done
  for arch in "$@"; do
    wait "${pids[0]}" || failed=1
    pids=("${pids[@]:1}")
    cat "$work/$arch-test.log"
  done
  [ $failed = 0 ] || { say "the module FAILED"; exit 1; }
}

with=${1:-}
case $with in
  --built-in | --full) shift ;;
  *) with= ;;
esac
[ $# -gt 0 ] || set -- amd64 arm64
say "models"
pack_models
check_headers
test_side_by_side "$@"
if [[ " $* " == *" amd64 "* ]]; then
  test_client
  measure_throughput
  measure_loading
fi
case $with in
  --built-in) bash kernel-module/builtin/test.sh ;;
  --full)
    bash kernel-module/builtin/test.sh
    bash kernel-module/builtin/test.sh --debug
    ;;
  *) [[ " $* " != *" amd64 "* ]] || bash kernel-module/builtin/test.sh amd64 ;;
esac
say "the module passed"
