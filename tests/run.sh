#!/usr/bin/env bash
# Builds everything and runs every test, on this machine, under qemu-user and on bare metal in QEMU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash tests/run.sh
#
# Stops at the first preset that fails. The main build's tests come last, so that the closing line
# is ctest's verdict on them.
set -euo pipefail
cd "$(dirname "$0")/.."

bash cmake/setup.sh
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}

# The other presets need the host's tool to pack what they run.
cmake --preset host
cmake --build --preset host
for preset in bare-x86_64 bare-aarch64 bare-riscv64 aarch64 riscv64 gcc asan; do
  printf '\n== preset %s\n' "$preset"
  cmake --workflow --preset "$preset"
done

printf '\n== preset host\n'
ctest --preset host
