// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The client of docs/examples against /dev/nibble. */
#include <fcntl.h>
#include <unistd.h>

#include "../../docs/examples/client.h"
#include "tap.h"

#define PROMPT "PCI device 8086:10d3 is"
#define ANSWER_BYTES 4096

struct answer {
	char text[ANSWER_BYTES];
	size_t bytes;
	int parts_wanted; /* 0: all */
};

static int take(void *context, const char *text, size_t bytes)
{
	struct answer *answer = context;

	if (answer->bytes + bytes >= ANSWER_BYTES)
		return -EMSGSIZE;
	memcpy(answer->text + answer->bytes, text, bytes);
	answer->bytes += bytes;
	return answer->parts_wanted && --answer->parts_wanted == 0;
}

static void expect_the_answer_of_the_host(int client)
{
	struct answer answer = { .bytes = 0 };
	char expected[ANSWER_BYTES] = "";
	int file = open("/expected", O_RDONLY);

	EXPECT(read(file, expected, sizeof(expected) - 1) > 0);
	close(file);
	EXPECT(nibble_client_answer(client, PROMPT, take, &answer) == 0);
	EXPECT(strcmp(answer.text, expected) == 0);
}

static void answers(void)
{
	int client = nibble_client_open(NULL);

	expect_the_answer_of_the_host(client);
	EXPECT(nibble_client_say(client, "", 0) == -EINVAL);
	close(client);
}

static void stops_where_the_taker_does(void)
{
	struct answer answer = { .parts_wanted = 2 };
	int client = nibble_client_open(NULL);

	EXPECT(nibble_client_answer(client, PROMPT, take, &answer) == 1);
	EXPECT(answer.bytes > 0 && answer.bytes < 20);
	close(client);
}

static void begins_again_at_a_position(void)
{
	struct nibble_info info;
	int client = nibble_client_open(NULL);

	expect_the_answer_of_the_host(client);
	EXPECT(nibble_client_info(client, &info) == 0 && info.position_tokens > 0);
	EXPECT(nibble_client_rewind(client, info.position_tokens + 1) == -EINVAL);
	EXPECT(nibble_client_rewind(client, 0) == 0);
	expect_the_answer_of_the_host(client);
	close(client);
}

static void scores_what_follows(void)
{
	static const char right[] = " the Intel 82574L Gigabit", wrong[] = " the bicycle of my sister";
	double right_nats = 0, wrong_nats = 0;
	int client = nibble_client_open(NULL);

	EXPECT(nibble_client_score(client, right, sizeof(right) - 1, &right_nats) == -EINVAL);
	EXPECT(nibble_client_say(client, PROMPT, sizeof(PROMPT) - 1) == 0);
	EXPECT(nibble_client_score(client, right, sizeof(right) - 1, &right_nats) == 0);
	EXPECT(nibble_client_score(client, wrong, sizeof(wrong) - 1, &wrong_nats) == 0);
	EXPECT(wrong_nats < right_nats && right_nats < 0 && right_nats > -1);
	close(client);
}

static void takes_settings(void)
{
	struct nibble_settings settings = { .max_tokens = 1 };
	struct answer answer = { .bytes = 0 };
	int client = nibble_client_open(&settings);

	EXPECT(nibble_client_answer(client, PROMPT, take, &answer) == 0);
	EXPECT(answer.bytes > 0 && answer.bytes < 20);
	close(client);
	settings.context_tokens = UINT32_MAX;
	client = nibble_client_open(&settings);
	EXPECT(client < 0);
	EXPECT(strlen(nibble_client_fault(client)) > 0);
}

static void tests_the_machine(void)
{
	int client = nibble_client_open(NULL);

	expect_the_answer_of_the_host(client);
	EXPECT(nibble_client_self_test(client) == 0);
	expect_the_answer_of_the_host(client);
	close(client);
	EXPECT(nibble_client_say(client, PROMPT, sizeof(PROMPT) - 1) == -EBADF);
}

int main(void)
{
	static const struct tap_test tests[] = {
		{ "answers", answers },
		{ "stops_where_the_taker_does", stops_where_the_taker_does },
		{ "begins_again_at_a_position", begins_again_at_a_position },
		{ "scores_what_follows", scores_what_follows },
		{ "takes_settings", takes_settings },
		{ "tests_the_machine", tests_the_machine },
	};

	return tap_run(tests, sizeof(tests) / sizeof(*tests)) != 0;
}
