// The machine that measures: what it is, and what else it does meanwhile.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <chrono>

#include "offline/results/cell.h"

namespace nibble::offline {

HostFacts machine_facts();

/// Counts the processor time that other processes take while it lives.
class OtherLoad {
 public:
  OtherLoad();
  /// CPUs kept busy by others, on average since the beginning: a fraction, 0 where the system does
  /// not say. The system counts in hundredths of a second: over less, it is rough.
  double cpus() const;

 private:
  std::chrono::steady_clock::time_point start_;
  double machine_seconds_, own_seconds_;
};

}  // namespace nibble::offline
