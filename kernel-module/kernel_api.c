// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Sessions for other modules. */
#include <linux/module.h>
#include <linux/nibble_session.h>

#include "glue.h"

/**
 * nibble_session_open() - begin a conversation with the module's model
 *
 * Allocates the session's memory, so the caller may sleep. It counts towards max_sessions.
 *
 * Return: a session for nibble_session_close(), or an error pointer: -ENODEV without a model,
 * -EMFILE with too many sessions, -ENOMEM.
 */
struct nbl_session *nibble_session_open(void)
{
	return nbl_session_create(NULL, false);
}
EXPORT_SYMBOL_GPL(nibble_session_open);

/**
 * nibble_session_prompt() - say something; what is left of the last answer is dropped
 * @session: one that no other thread uses meanwhile
 * @text: UTF-8, copied
 * @bytes: its length
 *
 * Return: 0, -EINVAL for no text, -EMSGSIZE for a text that is too long, -ENOSPC when the context
 * is full.
 */
int nibble_session_prompt(struct nbl_session *session, const char *text, size_t bytes)
{
	int error;

	mutex_lock(&session->lock);
	error = nbl_session_prompt(session, text, bytes);
	mutex_unlock(&session->lock);
	return error;
}
EXPORT_SYMBOL_GPL(nibble_session_prompt);

/**
 * nibble_session_next() - compute more of the answer
 * @session: one that was prompted
 * @to: gets whole characters, not terminated, unless @bytes cuts them
 * @bytes: room in @to
 *
 * Computes in the caller's context for as long as a few tokens take, and gives the CPU up in
 * between: not for atomic context.
 *
 * Return: bytes, 0 at the end of the answer, -EINTR when the task has a signal.
 */
ssize_t nibble_session_next(struct nbl_session *session, char *to, size_t bytes)
{
	ssize_t result;

	mutex_lock(&session->lock);
	result = nbl_session_advance(session, true);
	if (!result) {
		result = min(bytes, session->text_bytes);
		memcpy(to, session->text, result);
		session->text += result;
		session->text_bytes -= result;
	}
	mutex_unlock(&session->lock);
	return result;
}
EXPORT_SYMBOL_GPL(nibble_session_next);

/**
 * nibble_session_close() - end a conversation and free its memory
 * @session: of nibble_session_open(); not to be used again
 */
void nibble_session_close(struct nbl_session *session)
{
	nbl_session_destroy(session);
}
EXPORT_SYMBOL_GPL(nibble_session_close);
