// A result cell with every member set.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/results/cell.h"

namespace nibble::test {

offline::ResultCell sample_cell();

}  // namespace nibble::test
