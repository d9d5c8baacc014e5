// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Which bits: those of the host, and the caller's registers as they were. */
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device.h"

void passes_its_self_test(void)
{
	int file = open_device(0);

	EXPECT(ioctl(file, NIBBLE_IOC_SELF_TEST) == 0);
	say(file, PROMPT);
	EXPECT_ERRNO(ioctl(file, NIBBLE_IOC_SELF_TEST), EINVAL);
	close(file);
}

void computes_the_bits_of_the_host(void)
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
void ignores_the_callers_rounding_mode(void)
{
	round_upward(1);
	computes_the_bits_of_the_host();
	round_upward(0);
}

void leaves_vector_registers_alone(void)
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

static long long score(int file, const char *text)
{
	struct nibble_score score = { .text = (uintptr_t)text, .text_bytes = strlen(text) };

	EXPECT(ioctl(file, NIBBLE_IOC_SCORE, &score) == 0);
	EXPECT(score.tokens > 0 && score.log_likelihood < 0);
	return score.log_likelihood;
}

void scores_continuations(void)
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
