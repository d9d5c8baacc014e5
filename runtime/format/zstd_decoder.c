/* The zstd decoder's sources as one translation unit without libc, and the policy on its frames.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only */
#define ZSTD_DEPS_COMMON /* instead of <string.h> */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
#define ZSTD_memcpy(to, from, bytes) __builtin_memcpy((to), (from), (bytes))
#define ZSTD_memmove(to, from, bytes) __builtin_memmove((to), (from), (bytes))
#define ZSTD_memset(to, value, bytes) __builtin_memset((to), (value), (bytes))
#define ZSTD_DEPS_MALLOC /* instead of <stdlib.h>: no heap */
#define ZSTD_malloc(bytes) ((void)(bytes), (void *)0)
#define ZSTD_calloc(count, bytes) ((void)(count), (void)(bytes), (void *)0)
#define ZSTD_free(memory) ((void)(memory))
#ifndef NDEBUG
#define NDEBUG 1
#endif
/* zstd 1.5.4's xxhash.h would otherwise include <assert.h>. */
#define XXH_STATIC_ASSERT(condition) _Static_assert((condition), #condition)
#define DEBUGLEVEL 0
#define MEM_MODULE
#define XXH_NAMESPACE nibble_ZSTD_
#define XXH_PRIVATE_API
#define XXH_INLINE_ALL
#define XXH_NO_STDLIB
#define ZSTD_LEGACY_SUPPORT 0
#define ZSTD_STRIP_ERROR_STRINGS
#define ZSTD_TRACE 0
#define ZSTD_DISABLE_ASM 1
#define DYNAMIC_BMI2 0
#define ZSTD_NO_INTRINSICS /* no vector headers: this builds with FP registers off */
#define ZSTDLIB_VISIBLE
#define ZSTDERRORLIB_VISIBLE
#define ZSTD_STATIC_LINKING_ONLY
#include "runtime/format/zstd_names.h"

#include "common/debug.c"
#include "common/entropy_common.c"
#include "common/error_private.c"
#include "common/fse_decompress.c"
#include "common/zstd_common.c"
#include "decompress/huf_decompress.c"
#include "decompress/zstd_ddict.c"
#include "decompress/zstd_decompress.c"
#include "decompress/zstd_decompress_block.c"

#include "runtime/format/zstd_decoder.h"

_Static_assert(sizeof(ZSTD_DCtx) <= kNibbleZstdWorkspaceBytes,
               "this release of zstd needs more workspace: raise the constant");
_Static_assert(sizeof(ZSTD_DCtx) > kNibbleZstdWorkspaceBytes - 64,
               "this release of zstd needs less workspace: lower the constant");

/* Frame_Header_Descriptor of RFC 8878, 3.1.1.1.1. */
enum { kDescriptorOffset = 4, kUnusedBits = 0x18, kDictionaryIdBits = 0x03 };

static int is_frame_allowed(const unsigned char *stored, size_t stored_bytes, size_t out_bytes,
                            size_t max_window_bytes) {
  ZSTD_frameHeader header;
  if (ZSTD_getFrameHeader(&header, stored, stored_bytes) != 0) return 0;
  if (header.frameType != ZSTD_frame) return 0;
  if ((stored[kDescriptorOffset] & (kUnusedBits | kDictionaryIdBits)) != 0) return 0;
  if (header.frameContentSize != out_bytes || header.windowSize > max_window_bytes) return 0;
  return ZSTD_findFrameCompressedSize(stored, stored_bytes) == stored_bytes;
}

int nibble_zstd_decode(void *workspace, void *out, size_t out_bytes, const void *stored,
                       size_t stored_bytes, size_t max_window_bytes) {
  if (!is_frame_allowed(stored, stored_bytes, out_bytes, max_window_bytes)) return 0;
  ZSTD_DCtx *const context = ZSTD_initStaticDCtx(workspace, kNibbleZstdWorkspaceBytes);
  if (context == NULL) return 0;
  return ZSTD_decompressDCtx(context, out, out_bytes, stored, stored_bytes) == out_bytes;
}
