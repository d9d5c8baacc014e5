// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Loads other.nbl, a large model, while a thread of higher priority wants the only CPU every
 * millisecond: what it waits is what loading keeps the CPU for. Under QEMU's -icount the clock counts
 * instructions, as nanoseconds. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include "tap.h"

#define SWAP "/sys/class/misc/nibble/load"
#define BLOB "/lib/firmware/nibble/other.nbl"
#define MILLISECOND INT64_C(1000000)
/* Ten milliseconds of a core that ends one and a half instructions per nanosecond. */
#define MOST_INSTRUCTIONS (15 * MILLISECOND)
#define MOST_KIB (100000000 / 1024 + 1024) /* all that may be resident, and one chunk */

static long first_kib, most_kib;
static int64_t longest_wait;
static volatile int is_done;

static int64_t nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 * MILLISECOND + time.tv_nsec;
}

static long memory_kib(int file, const char *name)
{
	char text[4096];
	ssize_t bytes = pread(file, text, sizeof(text) - 1, 0);
	const char *line;

	text[bytes < 0 ? 0 : bytes] = 0;
	line = strstr(text, name);
	return line ? atol(line + strlen(name)) : -1;
}

/* What the driver may take memory from. Not MemFree: pages that a CPU keeps for itself are not in it. */
static long used_kib(int file)
{
	return memory_kib(file, "VmallocUsed:") + memory_kib(file, "Slab:") +
	       memory_kib(file, "\nCached:");
}

static void *want_the_cpu(void *unused)
{
	int file = open("/proc/meminfo", O_RDONLY);

	(void)unused;
	while (!is_done) {
		int64_t wanted = nanoseconds() + MILLISECOND;
		struct timespec time = { wanted / (1000 * MILLISECOND),
					 wanted % (1000 * MILLISECOND) };
		int64_t waited;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
		waited = nanoseconds() - wanted;
		if (waited > longest_wait)
			longest_wait = waited;
		if (used_kib(file) - first_kib > most_kib)
			most_kib = used_kib(file) - first_kib;
	}
	close(file);
	return NULL;
}

static pthread_t start_waiting(void)
{
	struct sched_param priority = { .sched_priority = 50 };
	int file = open("/proc/meminfo", O_RDONLY);
	pthread_attr_t attributes;
	pthread_t thread;

	first_kib = used_kib(file);
	close(file);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &priority);
	EXPECT(pthread_create(&thread, &attributes, want_the_cpu, NULL) == 0);
	return thread;
}

static void load(void)
{
	int file = open(SWAP, O_WRONLY);

	EXPECT(write(file, "nibble/other.nbl", strlen("nibble/other.nbl")) == 16);
	close(file);
}

static void gives_up_the_cpu_and_holds_one_chunk(void)
{
	struct stat blob = { 0 };
	pthread_t thread = start_waiting();
	int64_t start = nanoseconds();

	load();
	start = nanoseconds() - start;
	is_done = 1;
	pthread_join(thread, NULL);
	stat(BLOB, &blob);
	printf("# blob of %lld bytes: %lld million instructions, at most %lld thousand between others' turns\n",
	       (long long)blob.st_size, (long long)(start / MILLISECOND),
	       (long long)(longest_wait / 1000));
	printf("# memory while loading: %ld KiB at most\n", most_kib);
	EXPECT(longest_wait <= MOST_INSTRUCTIONS);
	EXPECT(most_kib > blob.st_size / 1024 / 2 && most_kib <= MOST_KIB);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "gives_up_the_cpu_and_holds_one_chunk", gives_up_the_cpu_and_holds_one_chunk },
	};

	return tap_run(tests, 1) != 0;
}
