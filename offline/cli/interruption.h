// Ctrl-C in commands that have something to finish first.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

namespace nibble::offline {

/// From now on the first interrupt is noted, and the second one ends the process.
void catch_interrupt();
/// The same of what ends a service or a terminal: SIGTERM and SIGHUP.
void catch_termination();
/// Whether an interrupt was noted since catch_interrupt(). From any thread.
bool is_interrupted();

}  // namespace nibble::offline
