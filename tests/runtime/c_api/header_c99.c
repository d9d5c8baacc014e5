/* nibble.h alone, in strict C99, with floating-point registers off: what kernel code sees.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only
 */
#include <nibble/nibble.h>

/* Sizes are ABI: a field can be appended, none can be moved. */
typedef char source_has_its_size[sizeof(nibble_source) == (sizeof(void *) == 8 ? 40 : 24) ? 1 : -1];
typedef char shape_has_its_size[sizeof(nibble_shape) == 40 ? 1 : -1];
typedef char stream_has_its_size[sizeof(nibble_text_stream) == 16 ? 1 : -1];
typedef char options_have_their_size[sizeof(nibble_options) == (sizeof(void *) == 8 ? 72 : 64) ? 1 : -1];

nibble_status nibble_header_test_reply(nibble_session *session, const nibble_model *model,
                                       void (*emit)(const char *text, size_t bytes));

/* The whole reply to what was prompted. */
nibble_status nibble_header_test_reply(nibble_session *session, const nibble_model *model,
                                       void (*emit)(const char *text, size_t bytes))
{
	for (;;) {
		nibble_token token;
		const char *piece;
		size_t bytes;
		nibble_status status = nibble_next(session, &token);

		if (status != NIBBLE_OK)
			return status;
		status = nibble_piece(model, token, &piece, &bytes);
		if (status != NIBBLE_OK)
			return status;
		emit(piece, bytes);
	}
}
