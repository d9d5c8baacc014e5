// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The first process of a test machine: loads modules, runs a program, shows the kernel's log.
 *
 * The kernel's command line says which: MODULES=/a.ko,/b.ko before it, PROGRAM=/path with ARGUMENTS (commas between them) and PROMPT,
 * AFTER=/c.ko behind it, SETTLE seconds for what that does. */
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

#define READ_ALL 3
#define MAX_WORDS 8
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

static int run(char *program, char *arguments, char *prompt)
{
	char *words[MAX_WORDS + 3] = { program };
	int count = 1, status = -1;
	pid_t child;

	for (char *word = arguments ? strtok(arguments, ",") : NULL; word && count <= MAX_WORDS;
	     word = strtok(NULL, ","))
		words[count++] = word;
	words[count] = prompt;
	child = fork();
	if (child == 0) {
		execv(program, words);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return status;
}

/* Modules by their paths, with commas between them. */
static int load_modules(char *paths)
{
	int failed = 0;

	for (char *path = paths ? strtok(paths, ",") : NULL; path; path = strtok(NULL, ",")) {
		int file = open(path, O_RDONLY | O_CLOEXEC);

		if (syscall(SYS_finit_module, file, "", 0)) {
			printf("# %s: %s\n", path, strerror(errno));
			failed = 1;
		}
		close(file);
	}
	return failed;
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
	char *program = getenv("PROGRAM"), *settle = getenv("SETTLE");
	int failed;

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	mount_at("debugfs", "/sys/kernel/debug");
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("== init");
	failed = load_modules(getenv("MODULES"));
	if (!failed && program)
		failed = run(program, getenv("ARGUMENTS"), getenv("PROMPT"));
	failed |= load_modules(getenv("AFTER"));
	sleep(settle ? atoi(settle) : 0);
	print_leaks();
	print_log();
	printf("== %s\n", failed ? "FAILED" : "PASSED");
	fflush(stdout);
	sync();
	reboot(RB_AUTOBOOT); /* which ends QEMU, whatever buses the kernel knows */
	return 1;
}
