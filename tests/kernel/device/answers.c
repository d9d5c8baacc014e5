// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What it answers: the host's text, in whatever pieces it is read. */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "device.h"

void describes_the_model_without_a_prompt(void)
{
	char text[ANSWER_BYTES];
	int file = open_device(0);

	EXPECT(read_all(file, text, sizeof(text), 7) > 0);
	EXPECT(strstr(text, "kdoc-6m") && strstr(text, "Write a prompt"));
	EXPECT(read(file, text, sizeof(text)) == 0);
	close(file);
}

static long long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

void answers_as_the_host_does(void)
{
	char text[ANSWER_BYTES];
	struct nibble_info info;
	int file = open_device(0);
	long long start = microseconds(), taken;

	say(file, PROMPT "\n"); /* as echo writes it */
	read_all(file, text, sizeof(text), 512);
	taken = microseconds() - start;
	EXPECT(strcmp(text, expected) == 0);
	printf("# %s%s\n", PROMPT, text);
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0 && info.position_tokens > 0);
	printf("# %u tokens, prompt and answer, in %lld ms of emulation: %.1f tokens/s\n", info.position_tokens,
	       taken / 1000, info.position_tokens * 1e6 / taken);
	EXPECT(read(file, text, sizeof(text)) == 0);
	close(file);
}

void gives_the_same_text_byte_by_byte(void)
{
	char text[ANSWER_BYTES];
	int file = open_device(0);

	say(file, PROMPT);
	read_all(file, text, sizeof(text), 1);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

void continues_the_conversation(void)
{
	char first[ANSWER_BYTES], second[ANSWER_BYTES];
	struct nibble_info info;
	uint32_t position;
	int file = open_device(0);

	say(file, PROMPT);
	read_all(file, first, sizeof(first), 512);
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0);
	position = info.position_tokens;
	EXPECT(position > 0);
	say(file, " PCI device");
	read_all(file, second, sizeof(second), 512);
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0);
	EXPECT(info.position_tokens > position);
	EXPECT(ioctl(file, NIBBLE_IOC_RESET) == 0);
	say(file, PROMPT);
	read_all(file, second, sizeof(second), 512);
	EXPECT(strcmp(first, second) == 0);
	close(file);
}

void rewinds(void)
{
	char text[ANSWER_BYTES];
	uint32_t position = 0, beyond = 100000;
	int file = open_device(0);

	say(file, "Once upon a time");
	EXPECT(read(file, text, 8) > 0);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_REWIND, &beyond), EINVAL);
	EXPECT(ioctl(file, NIBBLE_IOC_REWIND, &position) == 0);
	say(file, PROMPT);
	read_all(file, text, sizeof(text), 512);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

void interleaves_two_sessions(void)
{
	char text[2][ANSWER_BYTES];
	size_t length[2] = { 0, 0 };
	int files[2] = { open_device(0), open_device(0) }, open_ends = 3;

	say(files[0], PROMPT);
	say(files[1], PROMPT);
	while (open_ends)
		for (int i = 0; i < 2; ++i) {
			ssize_t bytes = read(files[i], text[i] + length[i], 5);

			EXPECT(bytes >= 0);
			length[i] += bytes > 0 ? bytes : 0;
			if (bytes <= 0)
				open_ends &= ~(1 << i);
		}
	for (int i = 0; i < 2; ++i) {
		text[i][length[i]] = '\0';
		EXPECT(strcmp(text[i], expected) == 0);
		close(files[i]);
	}
}

void does_not_wait_when_told_so(void)
{
	char text[ANSWER_BYTES];
	int again, file = open_device(O_NONBLOCK);
	struct pollfd polled = { .fd = file, .events = POLLIN | POLLOUT };

	say(file, PROMPT);
	EXPECT(poll(&polled, 1, 0) == 1 && polled.revents == (POLLIN | POLLOUT));
	again = read_past(file, text, sizeof(text), EAGAIN);
	EXPECT(again > 0);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

void fills_its_context(void)
{
	struct nibble_settings settings = { .context_tokens = 32 };
	char text[ANSWER_BYTES];
	struct nibble_info info;
	int file = open_device(0);

	EXPECT(ioctl(file, NIBBLE_IOC_CONFIGURE, &settings) == 0);
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0 && info.context_tokens == 32);
	EXPECT_ERRNO(write(file, "one two three four five six seven eight nine ten eleven twelve "
				 "thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
				 "twenty twenty-one", 142), ENOSPC);
	say(file, "Once upon a time");
	read_all(file, text, sizeof(text), 512); /* ends where the context does */
	close(file);
}
