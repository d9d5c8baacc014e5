// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the tests of /dev/nibble have in common. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"

char expected[ANSWER_BYTES], expected_digest[65];
char *volatile nowhere = (char *)8;
int has_threads;

int open_device(int flags)
{
	int file = open(DEVICE, O_RDWR | O_CLOEXEC | flags);

	EXPECT(file >= 0);
	return file;
}

void say(int file, const char *text)
{
	EXPECT(write(file, text, strlen(text)) == (ssize_t)strlen(text));
}

size_t read_all(int file, char *to, size_t capacity, size_t piece)
{
	size_t length = 0;
	ssize_t bytes = 0;

	while (length + piece < capacity && (bytes = read(file, to + length, piece)) > 0)
		length += bytes;
	EXPECT(bytes == 0);
	to[length] = '\0';
	return length;
}

int read_past(int file, char *to, size_t capacity, int error)
{
	size_t length = 0;
	ssize_t bytes;
	int times = 0;

	while ((bytes = read(file, to + length, capacity - 1 - length)) != 0) {
		if (bytes > 0)
			length += bytes;
		else if (errno == error)
			++times;
		else
			break;
	}
	to[length] = '\0';
	return times;
}

long read_number(const char *path)
{
	char text[32] = "";
	int file = open(path, O_RDONLY);

	EXPECT(file >= 0 && read(file, text, sizeof(text) - 1) > 0);
	close(file);
	return atol(text);
}

ssize_t write_file(const char *path, const char *text, size_t bytes)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t written = write(file, text, bytes);
	int error = errno;

	close(file);
	errno = error;
	return written;
}

ssize_t load(const char *name)
{
	return write_file(CONTROL "load", name, strlen(name));
}

void *read_forever(void *file)
{
	char text[64];

	while (read(*(int *)file, text, sizeof(text)) > 0)
		;
	return NULL;
}
