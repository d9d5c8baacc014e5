// NIBBLE_CHECK: stops a program whose caller broke a stated precondition.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/nibble.h>

/// For programming errors only: whatever data can cause is an Error. With the definition
/// NIBBLE_CHECKS (debug and sanitizer builds, see cmake/Sanitize.cmake) a false condition ends in
/// nibble_platform_panic() with file, line and condition. Otherwise the condition is compiled but
/// never evaluated and costs nothing.
#ifdef NIBBLE_CHECKS
#define NIBBLE_CHECK(condition) \
  ((condition) ? void() : nibble_platform_panic(__FILE__, __LINE__, #condition))
#else
#define NIBBLE_CHECK(condition) void(sizeof(bool(condition)))
#endif
