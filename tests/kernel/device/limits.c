// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How much there may be: sessions, bytes, models, and what is left when many have come and gone. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"

void limits_sessions(void)
{
	int files[64], count = 0, file;

	while (count < 64 && (files[count] = open(DEVICE, O_RDWR)) >= 0)
		++count;
	EXPECT(count == 64);
	EXPECT(read_number(CONTROL "sessions") == 64);
	EXPECT_ERRNO(open(DEVICE, O_RDWR), EMFILE);
	close(files[--count]);
	file = open_device(0);
	close(file);
	while (count > 0)
		close(files[--count]);
	EXPECT(read_number(CONTROL "sessions") == 0);
}

void limits_bytes(void)
{
	const char *limit = "/sys/module/nibble/parameters/max_session_bytes";
	char before[32];

	snprintf(before, sizeof(before), "%ld", read_number(limit));
	EXPECT(write_file(limit, "4096", 4) == 4);
	EXPECT_ERRNO(open(DEVICE, O_RDWR), ENOMEM);
	EXPECT(write_file(limit, before, strlen(before)) > 0);
	close(open_device(0));
}

void keeps_its_model_while_another_is_loaded(void)
{
	struct nibble_info before, after;
	char text[ANSWER_BYTES];
	int file = open_device(0), other;

	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &before) == 0);
	say(file, PROMPT);
	EXPECT(load("nibble/other.nbl") > 0);
	read_all(file, text, sizeof(text), 512);
	EXPECT(strcmp(text, expected) == 0);
	other = open_device(0);
	EXPECT(ioctl(other, NIBBLE_IOC_INFO, &after) == 0);
	EXPECT(memcmp(before.identity, after.identity, sizeof(before.identity)) != 0);
	close(other);
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &after) == 0);
	EXPECT(memcmp(before.identity, after.identity, sizeof(before.identity)) == 0);
	close(file);
	EXPECT(load("nibble/model.nbl") > 0);
}

void refuses_damaged_models(void)
{
	struct nibble_info info;
	int file;

	EXPECT_ERRNO(load("nibble/missing.nbl"), ENOENT);
	EXPECT_ERRNO(load("nibble/truncated.nbl"), EIO);
	EXPECT_ERRNO(load("nibble/corrupted.nbl"), EBADMSG);
	EXPECT_ERRNO(load("nibble/text.nbl"), EBADMSG);
	EXPECT_ERRNO(load("nibble/empty.nbl"), EINVAL);
	file = open_device(0); /* the model before is still there */
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0);
	close(file);
}

static long free_kilobytes(void)
{
	char text[4096] = "", *line;
	int file = open("/proc/meminfo", O_RDONLY);

	EXPECT(read(file, text, sizeof(text) - 1) > 0);
	close(file);
	line = strstr(text, "MemAvailable:");
	return line ? atol(line + strlen("MemAvailable:")) : 0;
}

#define WARM_UP 100 /* what the kernel keeps for the next process is allocated by then */
#define KILLS 1000
#define KEPT_KILOBYTES 16384 /* the kernel frees virtual memory late, and all at once */

static void kill_readers(int count)
{
	for (int i = 0; i < count; ++i) {
		pid_t child = fork();

		if (child == 0) {
			int file = open(DEVICE, O_RDWR);

			if (write(file, PROMPT, strlen(PROMPT)) > 0)
				read_forever(&file);
			_exit(0);
		}
		usleep(i % 16 * 500);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

void survives_killed_processes(void)
{
	long before, after;

	kill_readers(WARM_UP);
	before = free_kilobytes();
	kill_readers(KILLS);
	after = free_kilobytes();
	printf("# available before and after %d kills: %ld, %ld KiB\n", KILLS, before, after);
	EXPECT(after > before - KEPT_KILOBYTES);
	EXPECT(read_number(CONTROL "sessions") == 0);
}

#define REMOVALS 100 /* with the smaller model, which loads faster */

void cannot_be_removed_while_open(void)
{
	if (access("/nibble.ko", F_OK)) {
		tap_skipped = "the driver is built in";
		return;
	}
	for (int i = 0; i < REMOVALS; ++i) {
		int module, file = open_device(0);
		char text[16];

		say(file, PROMPT);
		EXPECT(read(file, text, sizeof(text)) > 0);
		EXPECT_ERRNO(syscall(SYS_delete_module, "nibble", O_NONBLOCK), EAGAIN);
		close(file);
		EXPECT(syscall(SYS_delete_module, "nibble", O_NONBLOCK) == 0);
		EXPECT_ERRNO(open(DEVICE, O_RDWR), ENOENT);
		module = open("/nibble.ko", O_RDONLY);
		EXPECT(syscall(SYS_finit_module, module,
			       i + 1 < REMOVALS ? "model=nibble/other.nbl" : "", 0) == 0);
		close(module);
	}
}
