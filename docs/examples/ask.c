// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Asks /dev/nibble and prints the answer as it comes: ask [--digest] PROMPT... */
#include <errno.h>
#include <fcntl.h>
#include <linux/nibble.h>
#include <stdio.h>
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
	int is_digesting = argc > 1 && strcmp(argv[1], "--digest") == 0, error = 0;
	struct nibble_settings settings = { .flags = NIBBLE_DIGEST_LOGITS };
	int file = open("/dev/nibble", O_RDWR | O_CLOEXEC);

	if (file < 0)
		return fail("/dev/nibble");
	if (is_digesting && ioctl(file, NIBBLE_IOC_CONFIGURE, &settings))
		return fail("NIBBLE_IOC_CONFIGURE");
	for (int i = 1 + is_digesting; i < argc && !error; ++i)
		error = answer(file, argv[i]);
	if (!error && is_digesting)
		error = print_digest(file);
	close(file);
	return error;
}
