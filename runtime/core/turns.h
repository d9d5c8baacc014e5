// Long work in turns: behind each of them a kernel may give up the CPU.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/nibble.h>

namespace nibble {

/// Calls nibble_platform_yield() behind every `turn` units of work, so there must be no vector
/// register live.
class Turns {
 public:
  explicit Turns(size_t turn) : turn_(turn) {}
  void count(size_t work) {
    done_ += work;
    if (done_ < turn_) return;
    done_ = 0;
    nibble_platform_yield();
  }

 private:
  const size_t turn_;
  size_t done_ = 0;
};

}  // namespace nibble
