/* Continues a prompt with a blob, through the C interface: hello MODEL.nbl PROMPT.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only */
#include <nibble/nibble.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void *allocate(size_t bytes) /* for as long as the program runs; null is refused */
{
	return aligned_alloc(64, (bytes + 63) / 64 * 64);
}
static int32_t read_file(void *file, uint64_t offset, void *out, size_t bytes)
{
	return fseek(file, (long)offset, SEEK_SET) != 0 || fread(out, 1, bytes, file) != bytes;
}
static void require(nibble_status status)
{
	if (status < NIBBLE_OK)
		exit((fprintf(stderr, "%s\n", nibble_status_text(status)), 1));
}
int main(int argc, char **argv)
{
	size_t size, spare;
	nibble_source source = {.struct_bytes = sizeof(source), .read = read_file};
	nibble_reply_part part = {.struct_bytes = sizeof(part)};
	const nibble_model *model;
	nibble_session *session;
	if (argc != 3 || (source.context = fopen(argv[1], "rb")) == NULL)
		return 2;
	fseek(source.context, 0, SEEK_END);
	source.bytes = (uint64_t)ftell(source.context);
	nibble_options options = {sizeof(options), .prompt_bytes = strlen(argv[2]), .max_tokens = 64};
	require(nibble_model_needs(&source, &size, &spare));
	require(nibble_model_load(&source, allocate(size), size, allocate(spare), spare, NULL, &model));
	require(nibble_session_bytes(model, &options, &size));
	require(nibble_session_create(model, &options, allocate(size), size, NULL, &session));
	require(nibble_prompt(session, argv[2], options.prompt_bytes, NULL));
	for (; part.end == 0; fwrite(part.text, 1, part.text_bytes, stdout))
		require(nibble_next(session, &part));
	return fflush(stdout) != 0;
}
