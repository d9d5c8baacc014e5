// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Asks /dev/nibble and prints the answer as it comes: ask [--digest] [--tokens=N] PROMPT... */
#include <errno.h>
#include <fcntl.h>
#include <linux/nibble.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "ask: %s: %s\n", what, strerror(errno));
	return 1;
}

static int answer(int file, const char *prompt)
{
	char text[256];
	ssize_t bytes;

	if (write(file, prompt, strlen(prompt)) < 0)
		return fail("/dev/nibble does not take the prompt");
	printf("%s", prompt);
	while ((bytes = read(file, text, sizeof(text))) > 0) {
		fwrite(text, 1, bytes, stdout);
		fflush(stdout);
	}
	putchar('\n');
	return bytes < 0 ? fail("/dev/nibble stopped answering") : 0;
}

static int print_digest(int file)
{
	struct nibble_info info;

	if (ioctl(file, NIBBLE_IOC_INFO, &info))
		return fail("NIBBLE_IOC_INFO");
	printf("kernels %s\ndigest ", info.kernels);
	for (int i = 0; i < NIBBLE_SHA256_BYTES; ++i)
		printf("%02x", info.logits_sha256[i]);
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	struct nibble_settings settings = { 0 };
	int file, first = 1, error = 0;

	for (; first < argc && strncmp(argv[first], "--", 2) == 0; ++first) {
		if (strcmp(argv[first], "--digest") == 0)
			settings.flags = NIBBLE_DIGEST_LOGITS;
		if (strncmp(argv[first], "--tokens=", 9) == 0)
			settings.max_tokens = strtoull(argv[first] + 9, NULL, 10);
	}
	file = open("/dev/nibble", O_RDWR | O_CLOEXEC);
	if (file < 0)
		return fail("/dev/nibble");
	if (ioctl(file, NIBBLE_IOC_CONFIGURE, &settings))
		return fail("NIBBLE_IOC_CONFIGURE");
	for (; first < argc && !error; ++first)
		error = answer(file, argv[first]);
	if (!error && settings.flags)
		error = print_digest(file);
	close(file);
	return error;
}
