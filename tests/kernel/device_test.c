// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* /dev/nibble as a program sees it: each promise of linux/nibble.h, and each errno.
 *
 * device_test [threads]: once more with sessions that compute in threads of their own. */
#define _GNU_SOURCE /* splice() */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/nibble.h>

#include "tap.h"

#define DEVICE "/dev/nibble"
#define CONTROL "/sys/class/misc/nibble/"
#define PROMPT "PCI device 8086:10d3 is"
#define ANSWER_BYTES 4096

static char expected[ANSWER_BYTES]; /* what the host's tool answers */
static char expected_digest[65]; /* SHA-256 of its logits, in hexadecimal */
static char *volatile nowhere = (char *)8;

static int open_device(int flags)
{
	int file = open(DEVICE, O_RDWR | O_CLOEXEC | flags);

	EXPECT(file >= 0);
	return file;
}

static void say(int file, const char *text)
{
	EXPECT(write(file, text, strlen(text)) == (ssize_t)strlen(text));
}

/* Reads to end of file in pieces of that many bytes. */
static size_t read_all(int file, char *to, size_t capacity, size_t piece)
{
	size_t length = 0;
	ssize_t bytes = 0;

	while (length + piece < capacity && (bytes = read(file, to + length, piece)) > 0)
		length += bytes;
	EXPECT(bytes == 0);
	to[length] = '\0';
	return length;
}

static long read_number(const char *path)
{
	char text[32] = "";
	int file = open(path, O_RDONLY);

	EXPECT(file >= 0 && read(file, text, sizeof(text) - 1) > 0);
	close(file);
	return atol(text);
}

static ssize_t write_file(const char *path, const char *text, size_t bytes)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t written = write(file, text, bytes);
	int error = errno;

	close(file);
	errno = error;
	return written;
}

static ssize_t load(const char *name)
{
	return write_file(CONTROL "load", name, strlen(name));
}

static int has_threads; /* sessions compute in threads of their own */

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
static void computes_where_it_is_told_to(void)
{
	int first = open_device(0), second = open_device(0);

	EXPECT(count_threads() == (has_threads ? 2 : 0));
	close(second);
	close(first);
	EXPECT(count_threads() == 0);
}

static void describes_the_model_without_a_prompt(void)
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

static void answers_as_the_host_does(void)
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

static void gives_the_same_text_byte_by_byte(void)
{
	char text[ANSWER_BYTES];
	int file = open_device(0);

	say(file, PROMPT);
	read_all(file, text, sizeof(text), 1);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

static void continues_the_conversation(void)
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

static void rewinds(void)
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

static void interleaves_two_sessions(void)
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

static void does_not_wait_when_told_so(void)
{
	char text[ANSWER_BYTES];
	size_t length = 0;
	int again = 0, file = open_device(O_NONBLOCK);
	struct pollfd polled = { .fd = file, .events = POLLIN | POLLOUT };

	say(file, PROMPT);
	EXPECT(poll(&polled, 1, 0) == 1 && polled.revents == (POLLIN | POLLOUT));
	for (;;) {
		ssize_t bytes = read(file, text + length, sizeof(text) - 1 - length);

		if (bytes == 0)
			break;
		if (bytes > 0)
			length += bytes;
		else if (errno == EAGAIN)
			++again;
		else
			break;
	}
	text[length] = '\0';
	EXPECT(again > 0);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

static void refuses_what_it_documents(void)
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

static void refuses_settings_out_of_range(void)
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

static void takes_settings(void)
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

static void fills_its_context(void)
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

/* Callers of an older and of a newer header. */
static void knows_structs_of_other_sizes(void)
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

static void passes_its_self_test(void)
{
	int file = open_device(0);

	EXPECT(ioctl(file, NIBBLE_IOC_SELF_TEST) == 0);
	say(file, PROMPT);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_SELF_TEST), EINVAL);
	close(file);
}

static void ignore_signal(int signal)
{
	(void)signal;
}

static void computes_the_bits_of_the_host(void)
{
	struct nibble_settings settings = { .flags = NIBBLE_DIGEST_LOGITS };
	struct nibble_info info;
	char text[ANSWER_BYTES], hex[2 * NIBBLE_SHA256_BYTES + 1];
	int file = open_device(0);

	EXPECT(ioctl(file, NIBBLE_IOC_CONFIGURE, &settings) == 0);
	say(file, PROMPT);
	read_all(file, text, sizeof(text), 512);
	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0);
	for (int i = 0; i < NIBBLE_SHA256_BYTES; ++i)
		sprintf(hex + 2 * i, "%02x", info.logits_sha256[i]);
	printf("# kernels %s, digest %s\n", info.kernels, hex);
	EXPECT(strcmp(hex, expected_digest) == 0);
	close(file);
}

static void round_upward(int upward)
{
#if defined(__x86_64__)
	unsigned int control = upward ? 0x5f80 : 0x1f80;

	__asm__ volatile("ldmxcsr %0" : : "m"(control));
#elif defined(__aarch64__)
	__asm__ volatile("msr fpcr, %0" : : "r"(upward ? 1L << 22 : 0L));
#elif defined(__riscv)
	__asm__ volatile("fsrm %0" : : "r"(upward ? 3L : 0L));
#endif
}

/* Their logits would differ in their last bits. */
static void ignores_the_callers_rounding_mode(void)
{
	round_upward(1);
	computes_the_bits_of_the_host();
	round_upward(0);
}

static long long score(int file, const char *text)
{
	struct nibble_score score = { .text = (uintptr_t)text, .text_bytes = strlen(text) };

	EXPECT(ioctl(file, NIBBLE_IOC_SCORE, &score) == 0);
	EXPECT(score.tokens > 0 && score.log_likelihood < 0);
	return score.log_likelihood;
}

static void scores_continuations(void)
{
	struct nibble_score empty = { .text = (uintptr_t) "x" };
	struct nibble_score lost = { .text = 8, .text_bytes = 5 };
	char text[ANSWER_BYTES];
	long long right, wrong;
	int file = open_device(0);

	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_SCORE, &empty), EINVAL);
	say(file, PROMPT);
	right = score(file, " the Intel 82574L Gigabit");
	wrong = score(file, " the bicycle of my sister");
	printf("# millionths of a nat: %lld for what is right, %lld for nonsense\n", right, wrong);
	EXPECT(right > wrong);
	EXPECT(score(file, " the Intel 82574L Gigabit") == right);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_SCORE, &empty), EINVAL);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_SCORE, &lost), EFAULT);
	read_all(file, text, sizeof(text), 512);
	EXPECT(strcmp(text, expected) == 0);
	empty.text_bytes = 1;
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_SCORE, &empty), EINVAL);
	close(file);
}

static void is_usable_after_signals(void)
{
	struct sigaction action = { .sa_handler = ignore_signal }; /* no SA_RESTART */
	struct itimerval often = { .it_interval = { .tv_usec = 3000 }, .it_value = { .tv_usec = 1000 } };
	struct itimerval never = { 0 };
	char text[ANSWER_BYTES];
	size_t length = 0;
	int interrupted = 0, file = open_device(0);

	sigaction(SIGALRM, &action, NULL);
	say(file, PROMPT);
	setitimer(ITIMER_REAL, &often, NULL);
	for (;;) {
		ssize_t bytes = read(file, text + length, sizeof(text) - 1 - length);

		if (bytes == 0)
			break;
		if (bytes > 0)
			length += bytes;
		else if (errno == EINTR)
			++interrupted;
		else
			break;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	text[length] = '\0';
	EXPECT(interrupted > 0);
	EXPECT(strcmp(text, expected) == 0);
	close(file);
}

static void shares_a_session_with_a_child(void)
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

static void travels_through_a_socket(void)
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

static void limits_sessions(void)
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

static void limits_bytes(void)
{
	const char *limit = "/sys/module/nibble/parameters/max_session_bytes";
	char before[32];

	snprintf(before, sizeof(before), "%ld", read_number(limit));
	EXPECT(write_file(limit, "4096", 4) == 4);
	EXPECT_ERRNO(open(DEVICE, O_RDWR), ENOMEM);
	EXPECT(write_file(limit, before, strlen(before)) > 0);
	close(open_device(0));
}

static void keeps_its_model_while_another_is_loaded(void)
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

static void refuses_damaged_models(void)
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

static void leaves_vector_registers_alone(void)
{
	double values[8] = { 1.5, -2.25, 3e300, 4e-300, 5.125, 6, 7, 8 };
	char text[64];
	int file = open_device(0);

	say(file, "Once upon a time");
	for (int i = 0; i < 200; ++i) {
		double sum = 0, after = 0;

		for (int j = 0; j < 8; ++j)
			sum += values[j] * i;
#if defined(__x86_64__)
		register double kept __asm__("xmm9") = sum;
		long result;

		__asm__ volatile("syscall"
				 : "=a"(result), "+x"(kept)
				 : "a"(SYS_read), "D"(file), "S"(text), "d"(sizeof(text))
				 : "rcx", "r11", "memory");
		after = kept;
#elif defined(__aarch64__)
		register double kept __asm__("d9") = sum;
		register long number __asm__("x8") = SYS_read;
		register long result __asm__("x0") = file;
		register long second __asm__("x1") = (long)text;
		register long third __asm__("x2") = sizeof(text);

		__asm__ volatile("svc #0"
				 : "+r"(result), "+w"(kept)
				 : "r"(number), "r"(second), "r"(third)
				 : "memory");
		after = kept;
#elif defined(__riscv)
		register double kept __asm__("f18") = sum;
		register long number __asm__("a7") = SYS_read;
		register long result __asm__("a0") = file;
		register long second __asm__("a1") = (long)text;
		register long third __asm__("a2") = sizeof(text);

		__asm__ volatile("ecall"
				 : "+r"(result), "+f"(kept)
				 : "r"(number), "r"(second), "r"(third)
				 : "memory");
		after = kept;
#else
		long result = read(file, text, sizeof(text));

		after = sum;
#endif
		EXPECT(after == sum);
		if (result == 0)
			say(file, " and then");
	}
	close(file);
}

static void *read_forever(void *file)
{
	char text[64];

	while (read(*(int *)file, text, sizeof(text)) > 0)
		;
	return NULL;
}

static void takes_turns_among_threads(void)
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

static long free_kilobytes(void)
{
	char text[4096] = "", *line;
	int file = open("/proc/meminfo", O_RDONLY);

	EXPECT(read(file, text, sizeof(text) - 1) > 0);
	close(file);
	line = strstr(text, "MemAvailable:");
	return line ? atol(line + strlen("MemAvailable:")) : 0;
}

static void is_for_root_alone(void)
{
	int status;

	if (fork() == 0) {
		tap_failures = setuid(1000);
		EXPECT_ERRNO(open(DEVICE, O_RDWR), EACCES);
		_exit(tap_failures);
	}
	EXPECT(wait(&status) > 0 && status == 0);
}

static void neither_maps_nor_splices(void)
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
static void stops_at_the_end_of_memory(void)
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
static void takes_one_copy_of_a_struct(void)
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

/* How long preemption was off in all that was computed so far; QEMU's time, not a CPU's. */
static void tells_how_long_its_sections_were(void)
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

static void survives_killed_processes(void)
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

static void cannot_be_removed_while_open(void)
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

static const struct tap_test tests[] = {
#define TEST(name) { #name, name }
	TEST(computes_where_it_is_told_to),
	TEST(describes_the_model_without_a_prompt),
	TEST(answers_as_the_host_does),
	TEST(gives_the_same_text_byte_by_byte),
	TEST(continues_the_conversation),
	TEST(rewinds),
	TEST(interleaves_two_sessions),
	TEST(does_not_wait_when_told_so),
	TEST(refuses_what_it_documents),
	TEST(refuses_settings_out_of_range),
	TEST(takes_settings),
	TEST(fills_its_context),
	TEST(knows_structs_of_other_sizes),
	TEST(passes_its_self_test),
	TEST(computes_the_bits_of_the_host),
	TEST(ignores_the_callers_rounding_mode),
	TEST(scores_continuations),
	TEST(is_usable_after_signals),
	TEST(shares_a_session_with_a_child),
	TEST(travels_through_a_socket),
	TEST(limits_sessions),
	TEST(limits_bytes),
	TEST(keeps_its_model_while_another_is_loaded),
	TEST(refuses_damaged_models),
	TEST(leaves_vector_registers_alone),
	TEST(takes_turns_among_threads),
	TEST(is_for_root_alone),
	TEST(neither_maps_nor_splices),
	TEST(stops_at_the_end_of_memory),
	TEST(takes_one_copy_of_a_struct),
	TEST(tells_how_long_its_sections_were),
	TEST(survives_killed_processes),
	TEST(cannot_be_removed_while_open),
};

static void read_file(const char *path, char *to, size_t capacity)
{
	int file = open(path, O_RDONLY);

	EXPECT(file >= 0 && read(file, to, capacity - 1) > 0);
	close(file);
}

/* Without the last test, which loads the module anew. */
static int run_with_threads(void)
{
	const char *parameter = "/sys/module/nibble/parameters/thread";

	if (write_file(parameter, "Y", 1) != 1) {
		printf("not ok - %s: %s\n", parameter, strerror(errno));
		return 1;
	}
	has_threads = 1;
	return tap_run(tests, sizeof(tests) / sizeof(tests[0]) - 1);
}

int main(int count, char **arguments)
{
	int failed;

	read_file("/expected", expected, sizeof(expected));
	read_file("/expected_digest", expected_digest, sizeof(expected_digest));
	failed = tap_run(tests, sizeof(tests) / sizeof(tests[0]));
	if (count > 1 && strcmp(arguments[1], "threads") == 0)
		failed += run_with_threads();
	return failed != 0;
}
