// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The same answer from /dev/nibble and from the module's own runtime.o linked into this process (x86-64):
 * under QEMU's -icount the clock counts instructions, and the difference is what the kernel costs. */
#include <asm/prctl.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/nibble.h>
#include <nibble/nibble.h>

#include "tap.h"

#define MODEL "/lib/firmware/nibble/model.nbl"
#define PROMPT "PCI device 8086:10d3 is"
#define ANSWER_BYTES 4096
#define RUNS 2

struct answer {
	char text[ANSWER_BYTES];
	size_t bytes;
	uint64_t nanoseconds;
};

static struct answer in_kernel, in_process;
static char kernels[NIBBLE_NAME_BYTES];

void nibble_platform_yield(void)
{
}

/* The model is stored as it is. */
int nibble_zstd_decode(void *context, void *out, size_t out_bytes, const void *stored,
		       size_t stored_bytes, size_t max_window_bytes)
{
	(void)context, (void)out, (void)out_bytes, (void)stored, (void)stored_bytes;
	(void)max_window_bytes;
	return 0;
}

/* What the kernel has for code under its mitigations, without them. */
#define INDIRECT_THUNK(name) ".globl __x86_indirect_thunk_" name "\n__x86_indirect_thunk_" name ": jmp *%" name "\n"
__asm__(".text\n.globl __x86_return_thunk\n__x86_return_thunk: ret\n" INDIRECT_THUNK("rax")
	INDIRECT_THUNK("rbx") INDIRECT_THUNK("rcx") INDIRECT_THUNK("rdx") INDIRECT_THUNK("rsi")
	INDIRECT_THUNK("rdi") INDIRECT_THUNK("rbp") INDIRECT_THUNK("r8") INDIRECT_THUNK("r9")
	INDIRECT_THUNK("r10") INDIRECT_THUNK("r11") INDIRECT_THUNK("r12") INDIRECT_THUNK("r13")
	INDIRECT_THUNK("r14") INDIRECT_THUNK("r15"));

/* A kernel's stack protector finds its value at gs:40. */
static uint64_t per_cpu[8];

static void behave_as_a_cpu(void)
{
	EXPECT(syscall(SYS_arch_prctl, ARCH_SET_GS, per_cpu) == 0);
}

void nibble_platform_panic(const char *file, int32_t line, const char *what)
{
	printf("# %s:%d: %s\n", file, line, what);
	abort();
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * UINT64_C(1000000000) + time.tv_nsec;
}

static void *allocate(size_t bytes)
{
	return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void ask_kernel(void)
{
	int file = open("/dev/nibble", O_RDWR);
	struct nibble_info info = { 0 };

	EXPECT(ioctl(file, NIBBLE_IOC_INFO, &info) == 0);
	memcpy(kernels, info.kernels, sizeof(kernels));
	for (int i = 0; i < RUNS; ++i) {
		uint64_t start = now();
		ssize_t bytes;

		in_kernel.bytes = 0;
		EXPECT(write(file, PROMPT, strlen(PROMPT)) == (ssize_t)strlen(PROMPT));
		while ((bytes = read(file, in_kernel.text + in_kernel.bytes,
				     ANSWER_BYTES - in_kernel.bytes)) > 0)
			in_kernel.bytes += bytes;
		EXPECT(bytes == 0);
		in_kernel.nanoseconds = now() - start; /* the last: caches and budgets are warm */
		ioctl(file, NIBBLE_IOC_RESET);
	}
	close(file);
}

static nibble_session *open_session(void)
{
	int file = open(MODEL, O_RDONLY);
	nibble_options options = { .struct_bytes = sizeof(options), .kernels = kernels };
	nibble_source source = { .struct_bytes = sizeof(source) };
	size_t arena_bytes, scratch_bytes;
	const nibble_model *model;
	nibble_session *session;
	struct stat status;
	void *blob, *arena, *scratch;

	EXPECT(fstat(file, &status) == 0);
	blob = allocate(status.st_size);
	EXPECT(read(file, blob, status.st_size) == status.st_size);
	source.memory = blob;
	source.bytes = status.st_size;
	EXPECT(nibble_model_needs(&source, &arena_bytes, &scratch_bytes) == NIBBLE_OK);
	arena = allocate(arena_bytes);
	scratch = allocate(scratch_bytes);
	EXPECT(nibble_model_load(&source, arena, arena_bytes, scratch, scratch_bytes, NULL,
				 &model) == NIBBLE_OK);
	EXPECT(nibble_session_bytes(model, &options, &arena_bytes) == NIBBLE_OK);
	EXPECT(nibble_session_create(model, &options, allocate(arena_bytes), arena_bytes, NULL,
				     &session) == NIBBLE_OK);
	return session;
}

static void ask_process(void)
{
	nibble_session *session = open_session();

	for (int i = 0; i < RUNS; ++i) {
		nibble_reply_part part = { .struct_bytes = sizeof(part) };
		uint64_t start = now();
		nibble_status status = NIBBLE_OK;

		in_process.bytes = 0;
		EXPECT(nibble_prompt(session, PROMPT, strlen(PROMPT), NULL) == NIBBLE_OK);
		while (status == NIBBLE_OK) {
			status = nibble_next(session, &part);
			memcpy(in_process.text + in_process.bytes, part.text, part.text_bytes);
			in_process.bytes += part.text_bytes;
		}
		EXPECT(status == NIBBLE_END);
		in_process.nanoseconds = now() - start;
		nibble_reset(session);
	}
}

static void costs_little_more_than_a_process(void)
{
	behave_as_a_cpu();
	ask_kernel();
	ask_process();
	EXPECT(in_kernel.bytes == in_process.bytes &&
	       memcmp(in_kernel.text, in_process.text, in_kernel.bytes) == 0);
	printf("# %s: %llu instructions in the kernel, %llu in a process: %.1f %%\n", kernels,
	       (unsigned long long)in_kernel.nanoseconds,
	       (unsigned long long)in_process.nanoseconds,
	       100.0 * in_process.nanoseconds / in_kernel.nanoseconds);
	EXPECT(in_process.nanoseconds >= in_kernel.nanoseconds * 95 / 100);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "costs_little_more_than_a_process", costs_little_more_than_a_process },
	};

	return tap_run(tests, 1) != 0;
}
