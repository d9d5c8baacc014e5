// A process owns its vector registers at all times: it hashes with them from the start.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/cpu.h"
#include "runtime/kernels/sha256/select.h"

// Before main(), so that no caller has to know; the build links it by name.
extern "C" [[gnu::constructor]] void nibble_use_best_sha256() {
  nibble::use_best_sha256(nibble::cpu_features());
}
