// Notes an interrupt in a flag.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/interruption.h"

#include <csignal>

namespace nibble::offline {
namespace {

volatile std::sig_atomic_t interrupts = 0;

void catch_once(int signal) {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupts = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupt() {
  catch_once(SIGINT);
}

void catch_termination() {
  catch_once(SIGTERM);
  catch_once(SIGHUP);
}

bool is_interrupted() {
  return interrupts != 0;
}

}  // namespace nibble::offline
