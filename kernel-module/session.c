// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Sessions: memory of one conversation, its prompts, and the way back. */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "glue.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static atomic_t sessions = ATOMIC_INIT(0);

unsigned int nbl_session_count(void)
{
	return atomic_read(&sessions);
}

int nbl_status_errno(nibble_status status)
{
	switch (status) {
	case NIBBLE_ARENA_TOO_SMALL:
		return -ENOMEM;
	case NIBBLE_CONTEXT_FULL:
	case NIBBLE_BUFFER_TOO_SMALL: /* more tokens than the context has positions */
		return -ENOSPC;
	case NIBBLE_TEXT_TOO_LONG:
		return -EMSGSIZE;
	case NIBBLE_BUSY:
		return -EBUSY;
	case NIBBLE_READ_FAILED:
	case NIBBLE_SELF_TEST_MISMATCH:
		return -EIO;
	}
	if (status >= 0)
		return 0;
	if (status <= NIBBLE_BLOB_ERRORS_FIRST && status >= NIBBLE_BLOB_ERRORS_LAST)
		return -EBADMSG;
	return -EINVAL;
}

/* What was computed of an answer is no longer to be read. */
static void forget_answer(struct nbl_session *session)
{
	session->text_bytes = 0;
	session->state = SESSION_FRESH;
}

/* Makes what a session computes with; on failure it is as it was. */
static int make_conversation(struct nbl_session *session, const nibble_options *options,
			     bool is_digesting)
{
	struct nbl_model *model = nbl_model_get();
	nibble_session *made;
	nibble_status status;
	void *arena = NULL;
	size_t bytes;
	int error = -ENOMEM;

	if (!model)
		return -ENODEV;
	status = nibble_session_bytes(model->model, options, &bytes);
	if (status < 0)
		goto refused;
	if (bytes > READ_ONCE(nbl_max_session_bytes))
		goto failed;
	arena = __vmalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (!arena)
		goto failed;
	status = nibble_session_create(model->model, options, arena, bytes, NULL, &made);
	if (status < 0)
		goto refused;
	session->model = model;
	session->arena = arena;
	session->arena_bytes = bytes;
	session->session = made;
	session->context_tokens = options && options->context_tokens ?
					  options->context_tokens :
					  model->default_context_tokens;
	session->is_digesting = is_digesting;
	nibble_digest_begin(&session->digest);
	forget_answer(session);
	session->description_read = 0;
	return 0;

refused:
	error = nbl_status_errno(status);
failed:
	vfree(arena);
	nbl_model_put(model);
	return error;
}

struct nbl_session *nbl_session_create(const nibble_options *options, bool is_digesting)
{
	struct nbl_session *session;
	int error = -EMFILE;

	if (atomic_inc_return(&sessions) > READ_ONCE(nbl_max_sessions))
		goto too_many;
	error = -ENOMEM;
	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	if (!session)
		goto too_many;
	mutex_init(&session->lock);
	error = nbl_thread_create(session);
	if (error)
		goto no_thread;
	error = make_conversation(session, options, is_digesting);
	if (!error)
		return session;
	nbl_thread_destroy(session);
no_thread:
	kfree(session);
too_many:
	atomic_dec(&sessions);
	return ERR_PTR(error);
}

static void drop_conversation(void *arena, struct nbl_model *model)
{
	vfree(arena);
	nbl_model_put(model);
}

void nbl_session_destroy(struct nbl_session *session)
{
	nbl_thread_destroy(session);
	drop_conversation(session->arena, session->model);
	kfree(session);
	atomic_dec(&sessions);
}

int nbl_session_configure(struct nbl_session *session, const nibble_options *options,
			  bool is_digesting)
{
	void *arena = session->arena;
	struct nbl_model *model = session->model;
	int error = make_conversation(session, options, is_digesting);

	if (!error)
		drop_conversation(arena, model);
	return error;
}

int nbl_session_prompt(struct nbl_session *session, const char *text, size_t bytes)
{
	nibble_status status;

	/* A prompt ends the answer before it, even if nobody has read it to its end. */
	nibble_cancel(session->session);
	session->text_bytes = 0;
	status = nibble_prompt(session->session, text, bytes, NULL);
	if (status < 0)
		return nbl_status_errno(status);
	nibble_digest_begin(&session->digest);
	trace_nibble_prompt(session, bytes);
	session->has_drawn = false;
	session->state = SESSION_ANSWERING;
	return 0;
}

static int self_test(struct nbl_session *session, struct nbl_errand *errand)
{
	nibble_status status;

	nbl_section_begin();
	status = nibble_self_test(session->session, NULL);
	nbl_section_end();
	return nbl_status_errno(status);
}

int nbl_session_self_test(struct nbl_session *session)
{
	struct nbl_errand wanted = { .run = self_test };

	return nbl_thread_run(session, &wanted);
}

int nbl_session_rewind(struct nbl_session *session, u32 position)
{
	nibble_status status;

	nibble_cancel(session->session);
	status = nibble_rewind(session->session, position);
	if (status < 0)
		return nbl_status_errno(status);
	forget_answer(session);
	return 0;
}

int nbl_session_reset(struct nbl_session *session)
{
	nibble_reset(session->session);
	forget_answer(session);
	session->description_read = 0;
	return 0;
}
