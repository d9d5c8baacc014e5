// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The answer to nibble.prompt="..." on the console, before the first process starts. */
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "glue.h"

static char *prompt;
module_param(prompt, charp, 0);
MODULE_PARM_DESC(prompt, "Text to continue on the console before the first process starts");

static unsigned int prompt_tokens = 256;
module_param(prompt_tokens, uint, 0);
MODULE_PARM_DESC(prompt_tokens, "Tokens of that answer at most (default 256)");

#define LINE_BYTES 256

struct console_line {
	bool begun;
	size_t bytes;
	char text[LINE_BYTES];
};

static void show(struct console_line *line)
{
	if (line->begun)
		pr_cont("%.*s", (int)line->bytes, line->text);
	else
		pr_info("nibble: answer: %.*s", (int)line->bytes, line->text);
	line->begun = true;
	line->bytes = 0;
}

static void end_line(struct console_line *line)
{
	show(line);
	pr_cont("\n");
	line->begun = false;
}

/* A model's text may have bytes that a terminal takes for commands. */
static void add(struct console_line *line, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; ++i) {
		if (text[i] == '\n') {
			end_line(line);
			continue;
		}
		if (line->bytes == LINE_BYTES)
			show(line);
		line->text[line->bytes++] =
			((u8)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f ? '?' : text[i];
	}
}

static int answer(struct nbl_session *session, struct console_line *line)
{
	int error = nbl_session_self_test(session);

	if (!error)
		error = nbl_session_prompt(session, prompt, strlen(prompt));
	while (!error) {
		error = nbl_session_advance(session, true);
		if (error || !session->text_bytes)
			break;
		add(line, session->text, session->text_bytes);
		session->text_bytes = 0;
	}
	end_line(line);
	return error;
}

/* Equal to what nibble run --digest says of the same model and prompt. */
static void show_digest(const struct nbl_session *session)
{
	nibble_digest digest = session->digest;
	u8 sha256[NIBBLE_SHA256_BYTES];

	nibble_digest_finish(&digest, sha256);
	pr_info("nibble: logits sha256 %*phN\n", NIBBLE_SHA256_BYTES, sha256);
}

static int begin_and_answer(void)
{
	const nibble_options options = { .struct_bytes = sizeof(options),
					 .max_tokens = prompt_tokens };
	struct nbl_session *session = nbl_session_create(&options, true);
	struct console_line line = {};
	int error;

	if (IS_ERR(session))
		return PTR_ERR(session);
	pr_info("nibble: session %zu bytes, prompt: %s\n", session->arena_bytes, prompt);
	error = answer(session, &line);
	if (!error)
		show_digest(session);
	nbl_session_destroy(session);
	return error;
}

static int __init answer_at_boot(void)
{
	u64 start = ktime_get_ns();
	int error;

	if (!prompt)
		return 0;
	error = begin_and_answer();
	if (error)
		pr_err("nibble: no answer: error %d\n", error);
	else
		pr_info("nibble: answered in %llu ms\n", (ktime_get_ns() - start) / NSEC_PER_MSEC);
	return 0;
}
late_initcall(answer_at_boot);
