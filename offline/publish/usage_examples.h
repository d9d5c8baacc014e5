// Whole programs that continue a prompt with a blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

namespace nibble::offline {

extern const char* const kHelloC;   ///< docs/examples/hello.c
extern const char* const kHelloCc;  ///< docs/examples/hello.cc

}  // namespace nibble::offline
