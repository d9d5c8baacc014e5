/* The zstd decoder behind one function: no heap, no streaming, policy included.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of workspace a decode needs, whatever the frame's window: a multiple of 64 that holds the
 * decoder's context, in the releases of zstd this project builds with (zstd_decoder.c asserts it).
 * 8-byte aligned. */
enum { kNibbleZstdWorkspaceBytes = 96000 };

/* Decodes `stored`, which must be exactly one frame that states its content size as `raw_bytes`,
 * refers to no dictionary and has a window of at most `max_window_bytes`, into `raw`.
 * Returns 1 when exactly raw_bytes came out and its checksum, if it has one, is right; else 0, and
 * `raw` holds nothing of use. */
int nibble_zstd_decode(void* workspace, void* raw, size_t raw_bytes, const void* stored,
                       size_t stored_bytes, size_t max_window_bytes);

#ifdef __cplusplus
}
#endif
