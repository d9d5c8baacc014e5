// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The first process of a test machine: loads the module, unless the driver is built in, runs the
 * tests, shows the kernel's log. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODULE "/nibble.ko"
#define TESTS "/device_test"
#define READ_ALL 3
#define LOG_BYTES (1 << 20)
#define LEAKS "/sys/kernel/debug/kmemleak"
#define LEAK_AGE_SECONDS 6 /* younger memory is not suspected */

static void mount_at(const char *type, const char *folder)
{
	mkdir(folder, 0755);
	if (mount(type, folder, type, 0, NULL))
		printf("# mount %s: %s\n", folder, strerror(errno));
}

static void print_log(void)
{
	char *log = malloc(LOG_BYTES);
	int bytes = klogctl(READ_ALL, log, LOG_BYTES);

	printf("== kernel log\n%.*s\n== end of kernel log\n", bytes, log);
	free(log);
}

static int run(const char *program)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status;
}

static int load_module(void)
{
	int error, file = open(MODULE, O_RDONLY | O_CLOEXEC);

	if (file < 0 && errno == ENOENT)
		return 0;
	error = syscall(SYS_finit_module, file, "", 0);
	close(file);
	return error;
}

/* Where the kernel looks for memory that nothing points to. Twice: what was moved during the first
 * look is seen in the second. */
static void print_leaks(void)
{
	char text[4096];
	ssize_t bytes;
	int file = open(LEAKS, O_RDWR | O_CLOEXEC);

	if (file < 0)
		return;
	for (int i = 0; i < 2; ++i) {
		sleep(LEAK_AGE_SECONDS);
		if (write(file, "scan", 4) != 4)
			printf("# %s: %s\n", LEAKS, strerror(errno));
	}
	printf("== leaks\n");
	while ((bytes = read(file, text, sizeof(text))) > 0)
		printf("%.*s", (int)bytes, text);
	printf("== end of leaks\n");
	close(file);
}

int main(void)
{
	int failed = 1;

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	mount_at("debugfs", "/sys/kernel/debug");
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (load_module())
		printf("# %s: %s\n", MODULE, strerror(errno));
	else
		failed = access(TESTS, F_OK) ? 0 : run(TESTS);
	print_leaks();
	print_log();
	printf("== %s\n", failed ? "FAILED" : "PASSED");
	fflush(stdout);
	sync();
	reboot(RB_AUTOBOOT); /* which ends QEMU, whatever buses the kernel knows */
	return 1;
}
