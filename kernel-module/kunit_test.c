// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* KUnit tests of the driver's parts, with the model that is linked in. */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/string.h>

#include "glue.h"

#define PROMPT "PCI device 8086:10d3 is"
#define ANSWER_BYTES 256

static void gives_an_errno_for_each_status(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_OK), 0);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_MORE), 0);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_END), 0);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_ARENA_TOO_SMALL), -ENOMEM);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_CONTEXT_FULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_TEXT_TOO_LONG), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_SELF_TEST_MISMATCH), -EIO);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_BAD_ARGUMENT), -EINVAL);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_BLOB_ERRORS_FIRST), -EBADMSG);
	KUNIT_EXPECT_EQ(test, nbl_status_errno(NIBBLE_BLOB_ERRORS_LAST), -EBADMSG);
}

static void splits_stop_texts_at_their_zero_bytes(struct kunit *test)
{
	static const char many[NIBBLE_MAX_STOP_TEXTS + 1];
	nibble_text texts[NIBBLE_MAX_STOP_TEXTS];
	size_t count = 9;

	KUNIT_ASSERT_EQ(test, nbl_control_split_stop_texts(NULL, 0, texts, &count), 0);
	KUNIT_EXPECT_EQ(test, count, (size_t)0);
	KUNIT_ASSERT_EQ(test, nbl_control_split_stop_texts("one\0three", 10, texts, &count), 0);
	KUNIT_EXPECT_EQ(test, count, (size_t)2);
	KUNIT_EXPECT_EQ(test, texts[0].bytes, (size_t)3);
	KUNIT_EXPECT_EQ(test, texts[1].bytes, (size_t)5);
	KUNIT_EXPECT_STREQ(test, texts[1].text, "three");
	KUNIT_EXPECT_EQ(test, nbl_control_split_stop_texts("one", 3, texts, &count), -EINVAL);
	KUNIT_EXPECT_EQ(test, nbl_control_split_stop_texts(many, sizeof(many) - 1, texts, &count), 0);
	KUNIT_EXPECT_EQ(test, nbl_control_split_stop_texts(many, sizeof(many), texts, &count),
			-EINVAL);
}

/* An answer's text, cut to ANSWER_BYTES. */
static void read_answer(struct kunit *test, struct nbl_session *session, char *to)
{
	size_t length = 0;

	KUNIT_ASSERT_EQ(test, nbl_session_prompt(session, PROMPT, strlen(PROMPT)), 0);
	do {
		size_t bytes;

		session->text_bytes = 0;
		KUNIT_ASSERT_EQ(test, nbl_session_advance(session, true), 0);
		bytes = min(session->text_bytes, ANSWER_BYTES - 1 - length);
		memcpy(to + length, session->text, bytes);
		length += bytes;
	} while (session->text_bytes);
	to[length] = '\0';
}

static void answers_the_same_after_a_reset(struct kunit *test)
{
	char *first = kunit_kzalloc(test, ANSWER_BYTES, GFP_KERNEL);
	char *second = kunit_kzalloc(test, ANSWER_BYTES, GFP_KERNEL);
	struct nbl_session *session = nbl_session_create(NULL, false);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session);
	read_answer(test, session, first);
	KUNIT_EXPECT_GT(test, strlen(first), (size_t)0);
	nbl_session_reset(session);
	read_answer(test, session, second);
	KUNIT_EXPECT_STREQ(test, first, second);
	nbl_session_destroy(session);
}

static void computes_a_step_when_it_may_not_wait(struct kunit *test)
{
	struct nbl_session *session = nbl_session_create(NULL, false);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session);
	KUNIT_ASSERT_EQ(test, nbl_session_prompt(session, PROMPT, strlen(PROMPT)), 0);
	KUNIT_EXPECT_EQ(test, nbl_session_advance(session, false), -EAGAIN);
	nbl_session_destroy(session);
}

static void stops_for_a_signal_of_who_waits(struct kunit *test)
{
	struct nbl_session *session = nbl_session_create(NULL, false);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session);
	KUNIT_ASSERT_EQ(test, nbl_session_prompt(session, PROMPT, strlen(PROMPT)), 0);
	session->is_interrupted = true;
	KUNIT_EXPECT_EQ(test, nbl_session_advance(session, true), -EINTR);
	nbl_session_destroy(session);
}

static void counts_sessions_up_to_the_limit(struct kunit *test)
{
	unsigned int limit = nbl_max_sessions, before = nbl_session_count();
	struct nbl_session *session;

	nbl_max_sessions = before + 1;
	session = nbl_session_create(NULL, false);
	KUNIT_EXPECT_FALSE(test, IS_ERR(session));
	KUNIT_EXPECT_EQ(test, nbl_session_count(), before + 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(nbl_session_create(NULL, false)), (long)-EMFILE);
	nbl_max_sessions = limit;
	if (!IS_ERR(session))
		nbl_session_destroy(session);
	KUNIT_EXPECT_EQ(test, nbl_session_count(), before);
}

static void keeps_the_conversation_when_settings_are_refused(struct kunit *test)
{
	const nibble_options bad = { .struct_bytes = sizeof(bad), .top_p_milli = 1001 };
	struct nbl_session *session = nbl_session_create(NULL, false);
	void *arena;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session);
	arena = session->arena;
	KUNIT_EXPECT_EQ(test, nbl_session_configure(session, &bad, false), -EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, session->arena, arena);
	nbl_session_destroy(session);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(gives_an_errno_for_each_status),
	KUNIT_CASE(splits_stop_texts_at_their_zero_bytes),
	KUNIT_CASE(answers_the_same_after_a_reset),
	KUNIT_CASE(computes_a_step_when_it_may_not_wait),
	KUNIT_CASE(stops_for_a_signal_of_who_waits),
	KUNIT_CASE(counts_sessions_up_to_the_limit),
	KUNIT_CASE(keeps_the_conversation_when_settings_are_refused),
	{}
};

static struct kunit_suite suite = { .name = "nibble", .test_cases = cases };
kunit_test_suite(suite);
