/* The zstd decoder behind one function: no heap, no streaming, policy included.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of workspace a decode needs, whatever the frame's window: a multiple of 64 that holds the
 * decoder's context, in the releases of zstd this project builds with (zstd_decoder.c asserts it).
 * 8-byte aligned. */
enum { kNibbleZstdWorkspaceBytes = 96000 };

/* Decodes `stored` into `out`. It must be exactly one frame that states its content size as
 * `out_bytes`, refers to no dictionary and has a window of at most `max_window_bytes`.
 * Returns 1 when the frame decoded to exactly out_bytes and its checksum, if it has one, is right;
 * else 0, and `out` holds nothing of use. */
int nibble_zstd_decode(void* workspace, void* out, size_t out_bytes, const void* stored,
                       size_t stored_bytes, size_t max_window_bytes);

#ifdef __cplusplus
}
#endif
