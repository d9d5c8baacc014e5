// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Who computes and who waits: threads, signals, processes that share a file. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"

/* Kernel threads of the driver's. */
static int count_threads(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	EXPECT(folder != NULL);
	while ((entry = readdir(folder))) {
		char path[300], name[32] = "";
		int file;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = open(path, O_RDONLY);
		if (file < 0)
			continue;
		count += read(file, name, sizeof(name) - 1) > 0 && !strncmp(name, "nibble/", 7);
		close(file);
	}
	closedir(folder);
	return count;
}

/* A thread for each session where the module's parameter says so, and none that is left over. */
void computes_where_it_is_told_to(void)
{
	int first = open_device(0), second = open_device(0);

	EXPECT(count_threads() == (has_threads ? 2 : 0));
	close(second);
	close(first);
	EXPECT(count_threads() == 0);
}

static void ignore_signal(int signal)
{
	(void)signal;
}

void is_usable_after_signals(void)
{
	struct sigaction action = { .sa_handler = ignore_signal }; /* no SA_RESTART */
	struct itimerval often = { .it_interval = { .tv_usec = 3000 }, .it_value = { .tv_usec = 1000 } };
	struct itimerval never = { 0 };
	char text[ANSWER_BYTES];
	int interrupted, file = open_device(0);

	sigaction(SIGALRM, &action, NULL);
	say(file, PROMPT);
	setitimer(ITIMER_REAL, &often, NULL);
	interrupted = read_past(file, text, sizeof(text), EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	EXPECT(interrupted > 0);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

void shares_a_session_with_a_child(void)
{
	char text[ANSWER_BYTES];
	int status, file = open_device(0), copy = dup(file);

	say(file, PROMPT);
	close(file);
	if (fork() == 0) {
		tap_failures = 0;
		read_all(copy, text, sizeof(text), 512);
		EXPECT(strcmp(text, expected) == 0);
		_exit(tap_failures);
	}
	EXPECT(wait(&status) > 0 && status == 0);
	EXPECT(read(copy, text, sizeof(text)) == 0); /* the child has read it all */
	close(copy);
}

void travels_through_a_socket(void)
{
	int pair[2], file = open_device(0), received;
	char text[ANSWER_BYTES], control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { text, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) {
		EXPECT(errno == EAFNOSUPPORT || errno == ENOSYS);
		tap_skipped = "this kernel has no sockets";
		close(file);
		return;
	}
	say(file, PROMPT);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &file, sizeof(int));
	EXPECT(sendmsg(pair[0], &message, 0) == 1);
	close(file);
	EXPECT(recvmsg(pair[1], &message, 0) == 1);
	memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	read_all(received, text, sizeof(text), 512);
	EXPECT(strcmp(text, expected) == 0);
	close(received);
	close(pair[0]);
	close(pair[1]);
}

void takes_turns_among_threads(void)
{
	int file = open_device(0);
	pthread_t threads[4];

	say(file, "Once upon a time");
	for (int i = 0; i < 4; ++i)
		EXPECT(pthread_create(&threads[i], NULL, read_forever, &file) == 0);
	for (int i = 0; i < 20; ++i) {
		ioctl(file, NIBBLE_IOC_RESET);
		say(file, PROMPT);
	}
	for (int i = 0; i < 4; ++i)
		pthread_join(threads[i], NULL);
	close(file);
}

/* How long preemption was off in all that was computed so far; QEMU's time, not a CPU's. */
void tells_how_long_its_sections_were(void)
{
	FILE *file = fopen("/sys/kernel/debug/nibble/sections", "r");
	char line[128];
	int longest = 0, buckets = 0;

	EXPECT(file != NULL);
	while (file && fgets(line, sizeof(line), file)) {
		printf("# sections: %s", line);
		longest += strncmp(line, "longest ", 8) == 0;
		buckets += strncmp(line, "below ", 6) == 0;
	}
	EXPECT(longest == 1 && buckets > 1);
	if (file)
		fclose(file);
}
