#!/usr/bin/env bash
# Builds everything and runs every test, on this machine, under qemu-user and on bare metal in QEMU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash tests/run.sh
#
# Stops at the first failure. The main build's tests come last, so that the closing line is ctest's
# verdict on them. Compilers run through ccache; its files are kept outside the checkout, in
# $CCACHE_DIR or ${NIBBLE_CACHE:-~/.cache/nibble}/ccache, and serve every checkout.
set -euo pipefail
cd "$(dirname "$0")/.."

# The host comes first: the others need its tool to pack what they run.
presets=(host gcc asan tsan aarch64 riscv64)
bare_presets=(bare-x86_64 bare-aarch64 bare-riscv64)

say() { printf '\n== %s (%d min %02d s)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# Configuring mostly waits for one compiler at a time, so all presets configure at once.
configure() {
  mkdir -p build
  local preset pids=()
  for preset in "$@"; do
    cmake --preset "$preset" > "build/configure-$preset.log" 2>&1 &
    pids+=($!)
  done
  for preset in "$@"; do
    wait "${pids[0]}" || { cat "build/configure-$preset.log"; return 1; }
    pids=("${pids[@]:1}")
  done
}

bash cmake/setup.sh
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}
# Objects do not depend on where the checkout is.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
if [ -z "${CCACHE_DIR:-}" ]; then
  export CCACHE_DIR=${NIBBLE_CACHE:-$HOME/.cache/nibble}/ccache CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G}
fi

say "configure ${presets[*]}"
configure "${presets[@]}"
for preset in "${presets[@]}"; do
  say "build $preset"
  cmake --build --preset "$preset"
done
# They share folders with builds that the host's build has made inside of it.
configure "${bare_presets[@]}"
for preset in "${bare_presets[@]}"; do
  say "build $preset"
  cmake --build --preset "$preset"
done
bash kernel-module/test.sh
for preset in "${bare_presets[@]}" "${presets[@]:1}" host; do
  say "test $preset"
  ctest --preset "$preset"
done
