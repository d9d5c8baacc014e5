/* nibble.h alone, in strict C99, with floating-point registers off: what kernel code sees.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only
 */
#include <nibble/nibble.h>

/* Sizes are ABI: a field can be appended, none can be moved. */
#define IS_64_BIT (sizeof(void *) == 8)
typedef char source_has_its_size[sizeof(nibble_source) == (IS_64_BIT ? 64 : 40) ? 1 : -1];
typedef char shape_has_its_size[sizeof(nibble_shape) == 40 ? 1 : -1];
typedef char text_has_its_size[sizeof(nibble_text) == 2 * sizeof(void *) ? 1 : -1];
typedef char options_have_their_size[sizeof(nibble_options) == (IS_64_BIT ? 104 : 80) ? 1 : -1];
typedef char part_has_its_size[sizeof(nibble_reply_part) == (IS_64_BIT ? 32 : 20) ? 1 : -1];

nibble_status nibble_header_test_reply(nibble_session *session, uint32_t *end,
                                       void (*emit)(const char *text, size_t bytes));

/* The whole reply to what was prompted. */
nibble_status nibble_header_test_reply(nibble_session *session, uint32_t *end,
                                       void (*emit)(const char *text, size_t bytes))
{
	for (;;) {
		nibble_reply_part part = {sizeof(part), 0, 0, 0, 0};
		const nibble_status status = nibble_next(session, &part);

		if (status < 0)
			return status;
		emit(part.text, part.text_bytes);
		*end = part.end;
		if (status == NIBBLE_END)
			return NIBBLE_OK;
	}
}
