// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* /dev/nibble as a program sees it: each promise of linux/nibble.h, and each errno.
 *
 * device_test [threads]: once more with sessions that compute in threads of their own. */
#include <fcntl.h>
#include <unistd.h>

#include "device/device.h"

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
