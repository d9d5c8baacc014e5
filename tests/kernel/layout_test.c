// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Compiled, never run: the structs of linux/nibble.h have one layout, in 32 and in 64 bits. */
#include <linux/nibble.h>
#include <stddef.h>

#define AT(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), #field)

AT(nibble_info, model, 0);
AT(nibble_info, kernels, 64);
AT(nibble_info, identity, 80);
AT(nibble_info, logits_sha256, 112);
AT(nibble_info, vocabulary, 144);
AT(nibble_info, context_tokens, 148);
AT(nibble_info, position_tokens, 152);
AT(nibble_info, reserved, 156);
AT(nibble_info, model_bytes, 160);
AT(nibble_info, session_bytes, 168);
_Static_assert(sizeof(struct nibble_info) == 176, "nibble_info");

AT(nibble_settings, flags, 0);
AT(nibble_settings, context_tokens, 4);
AT(nibble_settings, temperature_milli, 8);
AT(nibble_settings, top_k, 12);
AT(nibble_settings, top_p_milli, 16);
AT(nibble_settings, min_p_milli, 20);
AT(nibble_settings, repeat_penalty_milli, 24);
AT(nibble_settings, repeat_window_tokens, 28);
AT(nibble_settings, stop_bytes, 32);
AT(nibble_settings, reserved, 36);
AT(nibble_settings, seed, 40);
AT(nibble_settings, max_tokens, 48);
AT(nibble_settings, stop_texts, 56);
_Static_assert(sizeof(struct nibble_settings) == 64, "nibble_settings");

AT(nibble_score, text, 0);
AT(nibble_score, text_bytes, 8);
AT(nibble_score, tokens, 12);
AT(nibble_score, log_likelihood, 16);
_Static_assert(sizeof(struct nibble_score) == 24, "nibble_score");

_Static_assert(NIBBLE_IOC_INFO == 0x80b0bb00, "NIBBLE_IOC_INFO");
_Static_assert(NIBBLE_IOC_CONFIGURE == 0x4040bb01, "NIBBLE_IOC_CONFIGURE");
_Static_assert(NIBBLE_IOC_SCORE == 0xc018bb05, "NIBBLE_IOC_SCORE");
