// Redraws the line at most ten times a second and clears it at the end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/progress.h"

#include <unistd.h>

#include <cstdio>

namespace nibble::offline {
namespace {

constexpr std::chrono::milliseconds kSilence(1000);
constexpr std::chrono::milliseconds kInterval(100);

}  // namespace

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1), next_(Clock::now() + kSilence) {}

Progress::~Progress() {
  if (is_shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(const std::string& stage, double done) {
  if (!is_terminal_ || Clock::now() < next_) return;
  next_ = Clock::now() + kInterval;
  is_shown_ = true;
  std::fprintf(stderr, "\r\033[K%s: %3.0f %%", stage.c_str(), done * 100);
}

}  // namespace nibble::offline
