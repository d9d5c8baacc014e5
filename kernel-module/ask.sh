#!/usr/bin/env bash
# Asks a model in a stock Debian kernel: the module, /dev/nibble and a small client, in QEMU.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash kernel-module/ask.sh BLOB PROMPT
set -euo pipefail
cd "$(dirname "$0")/.."
. kernel-module/stock_kernel.sh

fetch_kernel amd64
build_module amd64
build_program amd64 tests/kernel/init.c
build_program amd64 docs/examples/ask.c docs/examples/client.c
boot amd64 ask --model "$1" --arguments=--digest --prompt "$2"
