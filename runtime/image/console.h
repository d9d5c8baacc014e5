// Text and numbers on the port's console.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

namespace nibble::image {

void print(const char* text);
void print(Text text);
void print_number(uint64_t value);
/// Sixteen digits at most, no prefix.
void print_hex(uint64_t value);
/// Two digits a byte.
void print_hex(Bytes bytes);

}  // namespace nibble::image
