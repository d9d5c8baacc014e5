// Which SHA-256 this CPU runs best.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/sha256/select.h"

#include <nibble/cpu.h>

namespace nibble {

#if defined(NIBBLE_SHA256_INSTRUCTIONS)
extern const format::Sha256Functions kAcceleratedSha256;
#endif

const format::Sha256Functions* accelerated_sha256(uint64_t features) {
#if defined(NIBBLE_SHA256_INSTRUCTIONS)
  if ((features & kCpuSha256) != 0) return &kAcceleratedSha256;
#endif
  static_cast<void>(features);
  return nullptr;
}

void use_best_sha256(uint64_t features) {
  const format::Sha256Functions* const accelerated = accelerated_sha256(features);
  if (accelerated != nullptr) format::select_sha256(*accelerated);
}

}  // namespace nibble
