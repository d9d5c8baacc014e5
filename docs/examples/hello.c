/* Continues a prompt with a blob, through the C interface: hello MODEL.nbl PROMPT.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only */
#include <nibble/nibble.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arenas start on a cache line. They live as long as the program here. */
static void *allocate(size_t bytes)
{
	return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

/* The C interface reads parts of the blob when it is asked to: here, from a file. */
static int32_t read_file(void *file, uint64_t offset, void *out, size_t bytes)
{
	return fseek(file, (long)offset, SEEK_SET) != 0 || fread(out, 1, bytes, file) != bytes;
}

static void require(nibble_status status)
{
	if (status >= NIBBLE_OK)
		return;
	fprintf(stderr, "%s\n", nibble_status_text(status));
	exit(1);
}

int main(int argument_count, char **arguments)
{
	nibble_source source = {.struct_bytes = sizeof(source), .read = read_file};
	size_t arena_bytes, scratch_bytes, session_bytes, workspace_bytes, piece_bytes;
	const nibble_model *model;
	nibble_session *session;
	nibble_token token;
	nibble_status status;
	const char *piece;

	FILE *file = argument_count == 3 ? fopen(arguments[1], "rb") : NULL;
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		return 2;
	source.context = file;
	source.bytes = (uint64_t)ftell(file);

	require(nibble_model_needs(&source, &arena_bytes, &scratch_bytes));
	require(nibble_model_load(&source, allocate(arena_bytes), arena_bytes, allocate(scratch_bytes),
	                          scratch_bytes, NULL, &model));
	require(nibble_session_bytes(model, NULL, &session_bytes));
	require(nibble_session_create(model, NULL, allocate(session_bytes), session_bytes, &session));

	size_t prompt_bytes = strlen(arguments[2]);
	require(nibble_prompt_workspace_bytes(prompt_bytes, &workspace_bytes));
	require(nibble_prompt(session, arguments[2], prompt_bytes, allocate(workspace_bytes),
	                      workspace_bytes));
	for (int left = 64; left > 0; --left) {
		status = nibble_next(session, &token);
		require(status);
		if (status == NIBBLE_END)
			break;
		require(nibble_piece(model, token, &piece, &piece_bytes));
		fwrite(piece, 1, piece_bytes, stdout);
	}
	return 0;
}
