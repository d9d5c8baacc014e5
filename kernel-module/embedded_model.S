/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The model that is linked into the image or the module: read-only, aligned as the runtime asks. */
#include <linux/linkage.h>

	.section .rodata
	.balign 64
SYM_DATA_START(nbl_embedded_model)
	.incbin NIBBLE_EMBEDDED_MODEL
SYM_DATA_END_LABEL(nbl_embedded_model, SYM_L_GLOBAL, nbl_embedded_model_end)
