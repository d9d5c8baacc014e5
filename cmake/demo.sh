#!/usr/bin/env bash
# From a model folder to the same answer on five machines: this one, three bare ones in QEMU, and the
# kernel of a Debian machine in QEMU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash cmake/demo.sh
set -euo pipefail
cd "$(dirname "$0")/.."

build=build/demo
nibble=$build/offline/cli/nibble
blob=$build/kdoc-6m.nbl
prompt="PCI device 8086:10d3 is"
targets=(x86_64 aarch64 riscv64)

say() { printf '\n== %s\n' "$*"; }

# Long output goes to a file and is shown when something fails.
quietly() {
  local log=$build/$1.log
  shift
  "$@" > "$log" 2>&1 || { cat "$log"; echo "demo: failed: $*"; exit 1; }
}

mkdir -p "$build"
say "Set-up"
bash cmake/setup.sh --demo
say "Build: the host tool, the runtime for three bare machines, three images"
quietly configure cmake --preset demo
quietly build cmake --build --preset demo --target nibble "${targets[@]/#/kdoc-}"

say "Pack tests/models/kdoc-6m"
"$nibble" pack tests/models/kdoc-6m -o "$blob" --weights int8 --group 32 --storage zstd
# The images hold the same blob: packing is reproducible.
cmp "$blob" "$build/tests/qemu/kdoc-6m.nbl"

say "Its memory bill"
"$nibble" plan "$blob"

say "This machine"
answer=$("$nibble" run "$blob" "$prompt" --echo --tokens 16 --digest)
echo "$answer"
digests=("$(sed -n 's/^logits sha256 //p' <<< "$answer")")

for target in "${targets[@]}"; do
  say "Bare $target, in QEMU"
  answer=$(python3 -B tests/qemu/boot.py "$target" "$build/tests/qemu/kdoc-$target.elf") || {
    echo "$answer"
    echo "demo: the $target image failed"
    exit 1
  }
  echo "$answer"
  digests+=("$(sed -n 's/^digest //p' <<< "$answer")")
done

say "A stock Debian kernel, in QEMU, with /dev/nibble"
answer=$(NIBBLE_TOOL=$nibble bash kernel-module/ask.sh "$blob" "$prompt") || {
  echo "$answer"
  echo "demo: the kernel module failed"
  exit 1
}
echo "$answer"
digests+=("$(sed -n 's/^digest //p' <<< "$answer")")

echo
for digest in "${digests[@]}"; do
  if [ -z "$digest" ] || [ "$digest" != "${digests[0]}" ]; then
    echo "The machines do NOT agree: ${digests[*]}"
    exit 1
  fi
done
echo "All five machines agree, bit for bit: logits digest ${digests[0]}"
