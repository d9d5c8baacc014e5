// Reads the high-water mark of the process.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/process_memory.h"

#include <fstream>
#include <string>

namespace nibble::offline {

uint64_t peak_resident_bytes() {
  // Not getrusage(): its figure starts with that of the process this one was forked from.
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    uint64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  return 0;
}

}  // namespace nibble::offline
