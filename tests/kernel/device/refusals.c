// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What it refuses: each errno of the documents, and memory that is not what it seems. */
#define _GNU_SOURCE /* splice() */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"

void refuses_what_it_documents(void)
{
	static char large[64 * 1024 + 1];
	char byte;
	int file = open_device(0);

	memset(large, 'a', sizeof(large));
	EXPECT_ERRNO(write(file, "", 0), EINVAL);
	EXPECT_ERRNO(write(file, "\n", 1), EINVAL);
	EXPECT_ERRNO(write(file, large, sizeof(large)), EMSGSIZE);
	EXPECT_ERRNO(write(file, large, sizeof(large) - 1), EMSGSIZE);
	EXPECT_ERRNO(write(file, nowhere, 5), EFAULT);
	EXPECT_ERRNO(lseek(file, 0, SEEK_SET), ESPIPE);
	EXPECT_ERRNO(pread(file, &byte, 1, 0), ESPIPE);
	EXPECT_ERRNO(ioctl(file, _IO(NIBBLE_IOC_TYPE, 99)), ENOTTY);
	EXPECT_ERRNO(ioctl(file, _IO('T', 0)), ENOTTY);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_INFO, nowhere), EFAULT);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_CONFIGURE, nowhere), EFAULT);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_REWIND, nowhere), EFAULT);
	say(file, PROMPT);
	EXPECT_ERRNO(read(file, nowhere, 5), EFAULT);
	EXPECT(read(file, &byte, 0) == 0);
	close(file);
}

void refuses_settings_out_of_range(void)
{
	struct nibble_settings bad[] = {
		{ .temperature_milli = 100001 }, { .top_p_milli = 1001 },
		{ .min_p_milli = 1001 },	 { .repeat_penalty_milli = 99 },
		{ .context_tokens = 1u << 30 },	 { .stop_bytes = 1025 },
		{ .stop_bytes = 3, .stop_texts = (uintptr_t) "abc" },
	};
	struct nibble_settings lost = { .stop_bytes = 3, .stop_texts = 8 };
	char text[ANSWER_BYTES];
	int file = open_device(0);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i)
		EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_CONFIGURE, &bad[i]), EINVAL);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_CONFIGURE, &lost), EFAULT);
	say(file, PROMPT); /* what was refused changed nothing */
	read_all(file, text, sizeof(text), 512);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

void takes_settings(void)
{
	static const char stops[] = "Gigabit\0nothing like this";
	struct nibble_settings settings = { .stop_bytes = sizeof(stops),
					    .stop_texts = (uintptr_t)stops };
	char text[ANSWER_BYTES];
	int file = open_device(0);

	EXPECT(ioctl(file, NIBBLE_IOC_CONFIGURE, &settings) == 0);
	say(file, PROMPT);
	read_all(file, text, sizeof(text), 512);
	EXPECT(!strstr(text, "Gigabit") && strncmp(text, expected, strlen(text)) == 0);
	settings = (struct nibble_settings){ .max_tokens = 3 };
	EXPECT(ioctl(file, NIBBLE_IOC_CONFIGURE, &settings) == 0);
	say(file, PROMPT);
	EXPECT(read_all(file, text, sizeof(text), 512) < strlen(expected));
	close(file);
}

/* Callers of an older and of a newer header. */
void knows_structs_of_other_sizes(void)
{
	struct {
		struct nibble_settings settings;
		uint64_t newer;
	} larger = { .newer = 1 };
	struct {
		struct nibble_info info;
		uint64_t newer;
	} described = { .newer = 1 };
	struct nibble_info info;
	int file = open_device(0);
	unsigned long older = _IOC(_IOC_READ, NIBBLE_IOC_TYPE, 0, NIBBLE_NAME_BYTES);

	memset(&info, 0xff, sizeof(info));
	EXPECT(ioctl(file, older, &info) == 0);
	EXPECT(strcmp(info.model, "kdoc-6m") == 0 && (unsigned char)info.kernels[0] == 0xff);
	EXPECT(ioctl(file, _IOC(_IOC_READ, NIBBLE_IOC_TYPE, 0, sizeof(described)), &described) == 0);
	EXPECT(described.newer == 0 && described.info.vocabulary > 0);
	EXPECT_ERRNO(ioctl(file, _IOC(_IOC_WRITE, NIBBLE_IOC_TYPE, 1, sizeof(larger)), &larger),
		     E2BIG);
	larger.newer = 0;
	EXPECT(ioctl(file, _IOC(_IOC_WRITE, NIBBLE_IOC_TYPE, 1, sizeof(larger)), &larger) == 0);
	EXPECT(ioctl(file, _IOC(_IOC_WRITE, NIBBLE_IOC_TYPE, 1, 4), &larger) == 0);
	close(file);
}

void is_for_root_alone(void)
{
	int status;

	if (fork() == 0) {
		tap_failures = setuid(1000);
		EXPECT_ERRNO(open(DEVICE, O_RDWR), EACCES);
		_exit(tap_failures);
	}
	EXPECT(wait(&status) > 0 && status == 0);
}

void neither_maps_nor_splices(void)
{
	int pipes[2], file = open_device(0);

	EXPECT(pipe(pipes) == 0);
	say(file, PROMPT);
	EXPECT(mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED && errno == ENODEV);
	EXPECT_ERRNO(splice(file, NULL, pipes[1], NULL, 16, 0), EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	close(file);
}

/* A text whose end touches memory that is not there, and one that runs into it. */
void stops_at_the_end_of_memory(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *last = pages + page - strlen(PROMPT);
	int file = open_device(0);

	EXPECT(munmap(pages + page, page) == 0);
	memcpy(last, PROMPT, strlen(PROMPT));
	say(file, "Once upon a time");
	EXPECT_ERRNO(write(file, last, strlen(PROMPT) + 1), EFAULT);
	EXPECT(write(file, last, strlen(PROMPT)) == (ssize_t)strlen(PROMPT));
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, pages + page - sizeof(struct nibble_info)) == 0);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_INFO, pages + page - sizeof(struct nibble_info) + 8), EFAULT);
	munmap(pages, page);
	close(file);
}

static volatile struct nibble_settings rewritten = { .context_tokens = 64 };
static volatile int is_rewriting;

/* A good and a bad value differ in one byte: a number that is copied in parts is either of them. */
static void *rewrite(void *unused)
{
	for (uint32_t i = 0; is_rewriting; ++i) {
		rewritten.context_tokens = i & 1 ? 64 : 64 | 1u << 30;
		rewritten.stop_bytes = i & 2 ? 0 : 0xff000000;
		rewritten.flags = i & 4 ? 0 : 0xff000000;
	}
	return unused;
}

#define COPIES 2000
#define COPIES_AT_MOST 200000 /* a busy machine may show one state for long */

/* Another thread changes the struct meanwhile: each call sees one state, which it takes or refuses. */
void takes_one_copy_of_a_struct(void)
{
	pthread_t thread;
	int taken = 0, refused = 0, file = open_device(0);

	is_rewriting = 1;
	EXPECT(pthread_create(&thread, NULL, rewrite, NULL) == 0);
	for (int i = 0; i < COPIES_AT_MOST && !tap_failures; ++i) {
		struct nibble_info info;

		if (i >= COPIES && taken && refused)
			break;
		if (ioctl(file, NIBBLE_IOC_CONFIGURE, &rewritten)) {
			EXPECT(errno == EINVAL);
			++refused;
			continue;
		}
		++taken;
		EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0 && info.context_tokens == 64);
	}
	is_rewriting = 0;
	pthread_join(thread, NULL);
	printf("# %d were taken, %d refused\n", taken, refused);
	EXPECT(taken > 0 && refused > 0);
	close(file);
}
