// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The first process of a test machine: loads the module, runs the tests, shows the kernel's log. */
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
#define READ_ALL 3
#define LOG_BYTES (1 << 20)

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

int main(void)
{
	int file, failed = 1;

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	mount_at("debugfs", "/sys/kernel/debug");
	setvbuf(stdout, NULL, _IOLBF, 0);
	file = open(MODULE, O_RDONLY | O_CLOEXEC);
	if (syscall(SYS_finit_module, file, "", 0))
		printf("# %s: %s\n", MODULE, strerror(errno));
	else
		failed = run("/device_test");
	close(file);
	print_log();
	printf("== %s\n", failed ? "FAILED" : "PASSED");
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
