// How much of the painted stack was used.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stddef.h>

namespace nibble::image {

/// Most bytes the stack ever held below `frame`, an address in the caller's frame: from there to
/// the lowest word that lost its paint.
size_t stack_used_below_bytes(const void* frame);

}  // namespace nibble::image
