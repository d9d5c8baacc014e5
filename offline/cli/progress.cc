// Redraws the line at most ten times a second and clears it at the end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/progress.h"

#include <unistd.h>

#include <cstdio>

namespace nibble::offline {
namespace {

constexpr std::chrono::milliseconds kSilence(1000);
constexpr std::chrono::milliseconds kInterval(100);
constexpr std::chrono::seconds kEnoughToTell(2);

/// ", 12 s left": as if the rest went as fast as what is done. Nothing while that would be a guess.
std::string time_left(std::chrono::steady_clock::duration spent, double done) {
  if (spent < kEnoughToTell || done <= 0 || done >= 1) return "";
  const double seconds = std::chrono::duration<double>(spent).count() * (1 - done) / done;
  return ", " + std::to_string(static_cast<long long>(seconds) + 1) + " s left";
}

}  // namespace

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1), next_(Clock::now() + kSilence) {}

Progress::~Progress() {
  if (is_shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(const std::string& stage, double done, const std::string& detail) {
  const Clock::time_point now = Clock::now();
  if (stage != stage_) stage_ = stage, stage_start_ = now;
  if (!is_terminal_ || now < next_) return;
  next_ = now + kInterval;
  is_shown_ = true;
  std::fprintf(stderr, "\r\033[K%s: %3.0f %%%s%s", stage.c_str(), done * 100,
               time_left(now - stage_start_, done).c_str(), detail.c_str());
}

}  // namespace nibble::offline
