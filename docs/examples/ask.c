// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Asks /dev/nibble and prints the answer as it comes: ask [--digest] [--tokens=N] PROMPT... */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

static int print(void *unused, const char *text, size_t bytes)
{
	(void)unused;
	fwrite(text, 1, bytes, stdout);
	return fflush(stdout) ? -EPIPE : 0;
}

static int print_digest(int client)
{
	struct nibble_info info;
	int error = nibble_client_info(client, &info);

	if (error)
		return error;
	printf("kernels %s\ndigest ", info.kernels);
	for (int i = 0; i < NIBBLE_SHA256_BYTES; ++i)
		printf("%02x", info.logits_sha256[i]);
	putchar('\n');
	return 0;
}

static int parse_options(int argc, char **argv, struct nibble_settings *settings)
{
	int next = 1;

	for (; next < argc && strncmp(argv[next], "--", 2) == 0; ++next) {
		if (strcmp(argv[next], "--digest") == 0)
			settings->flags = NIBBLE_DIGEST_LOGITS;
		if (strncmp(argv[next], "--tokens=", 9) == 0)
			settings->max_tokens = strtoull(argv[next] + 9, NULL, 10);
	}
	return next;
}

int main(int argc, char **argv)
{
	struct nibble_settings settings = { 0 };
	int next = parse_options(argc, argv, &settings), error = 0;
	int client = nibble_client_open(&settings);

	if (client < 0) {
		fprintf(stderr, "ask: %s\n", nibble_client_fault(client));
		return 1;
	}
	for (; next < argc && !error; ++next) {
		printf("%s", argv[next]);
		error = nibble_client_answer(client, argv[next], print, NULL);
		putchar('\n');
	}
	if (!error && settings.flags)
		error = print_digest(client);
	if (error)
		fprintf(stderr, "ask: %s\n", nibble_client_fault(error));
	close(client);
	return error != 0;
}
