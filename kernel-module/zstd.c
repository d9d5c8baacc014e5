// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The kernel's zstd decoder behind the runtime's one function: the same policy on frames. */
#include <linux/vmalloc.h>
#include <linux/zstd.h>

#include "glue.h"
#include "runtime/format/zstd_decoder.h"

static void *workspace;

int nbl_zstd_workspace_create(void)
{
	workspace = vmalloc(zstd_dctx_workspace_bound());
	return workspace ? 0 : -ENOMEM;
}

void nbl_zstd_workspace_destroy(void)
{
	vfree(workspace);
}

static bool is_allowed(const void *stored, size_t stored_bytes, size_t out_bytes,
		       size_t max_window_bytes)
{
	zstd_frame_header header;

	return zstd_get_frame_header(&header, stored, stored_bytes) == 0 &&
	       header.frameContentSize == out_bytes && header.dictID == 0 &&
	       header.windowSize <= max_window_bytes &&
	       zstd_find_frame_compressed_size(stored, stored_bytes) == stored_bytes;
}

/* The decoder of Linux needs more memory than the runtime sets aside for its own. */
int nibble_zstd_decode(void *unused, void *out, size_t out_bytes, const void *stored,
		       size_t stored_bytes, size_t max_window_bytes)
{
	zstd_dctx *context = zstd_init_dctx(workspace, zstd_dctx_workspace_bound());

	return context && is_allowed(stored, stored_bytes, out_bytes, max_window_bytes) &&
	       zstd_decompress_dctx(context, out, out_bytes, stored, stored_bytes) == out_bytes;
}
