/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* TAP, as kselftest prints it: one line per test, and what was seen where one fails. */
#ifndef NIBBLE_TESTS_KERNEL_TAP_H
#define NIBBLE_TESTS_KERNEL_TAP_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Weak: all files of a program have the same ones. */
__attribute__((weak)) int tap_failures; /* of the test that runs */
__attribute__((weak)) const char *tap_skipped; /* why it asserted nothing */

#define EXPECT(condition)                                                                \
	do {                                                                             \
		if (!(condition)) {                                                      \
			printf("# %s:%d: %s (errno %s)\n", __FILE__, __LINE__, #condition, \
			       strerror(errno));                                         \
			++tap_failures;                                                  \
		}                                                                        \
	} while (0)

/* The call fails with this errno. */
#define EXPECT_ERRNO(call, expected)                                                        \
	do {                                                                                \
		errno = 0;                                                                  \
		long result = (call);                                                       \
		if (result != -1 || errno != (expected)) {                                  \
			printf("# %s:%d: %s gives %ld, %s in place of %s\n", __FILE__,      \
			       __LINE__, #call, result, strerror(errno), #expected);        \
			++tap_failures;                                                     \
		}                                                                           \
	} while (0)

struct tap_test {
	const char *name;
	void (*run)(void);
};

/* Returns how many tests failed. */
static inline int tap_run(const struct tap_test *tests, int count)
{
	int failed = 0;

	printf("TAP version 13\n1..%d\n", count);
	for (int i = 0; i < count; ++i) {
		tap_failures = 0;
		tap_skipped = NULL;
		tests[i].run();
		printf("%s %d - %s%s%s\n", tap_failures ? "not ok" : "ok", i + 1, tests[i].name,
		       tap_skipped ? " # SKIP " : "", tap_skipped ? tap_skipped : "");
		fflush(stdout);
		failed += tap_failures != 0;
	}
	return failed;
}

#endif
