// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Sessions: memory of one conversation, and its computation in short sections. */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
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

/* Signals are looked at between steps, which take 10 milliseconds at most; sections are shorter. */
#define TILES_PER_STEP 256

static nibble_status compute_step(struct nbl_session *session)
{
	nibble_status status;

	nbl_section_begin();
	status = nibble_step(session->session, TILES_PER_STEP);
	nbl_section_end();
	return status;
}

static int draw_token(struct nbl_session *session)
{
	nibble_reply_part part = { .struct_bytes = sizeof(part) };
	nibble_status status;

	nbl_section_begin();
	status = nibble_next(session->session, &part);
	nbl_section_end();
	if (status < 0)
		return nbl_status_errno(status);
	session->has_drawn = true;
	nbl_statistics_count_token();
	trace_nibble_token(session, part.token, part.text_bytes);
	if (session->is_digesting)
		nibble_digest_add(&session->digest, session->session);
	session->text = part.text;
	session->text_bytes = part.text_bytes;
	if (status == NIBBLE_END) {
		session->state = SESSION_ANSWERED;
		trace_nibble_end(session, part.end);
	}
	return 0;
}

/* The reader has a signal, wherever this runs. */
static bool must_stop(const struct nbl_session *session)
{
	return signal_pending(current) || READ_ONCE(session->is_interrupted);
}

struct advance {
	struct nbl_errand errand;
	bool may_wait;
};

static int advance(struct nbl_session *session, struct nbl_errand *errand)
{
	bool may_wait = container_of(errand, struct advance, errand)->may_wait;

	while (session->state == SESSION_ANSWERING && !session->text_bytes) {
		nibble_status status = compute_step(session);
		int error = status == NIBBLE_OK ? draw_token(session) : nbl_status_errno(status);

		if (error)
			return error;
		cond_resched();
		if (session->text_bytes)
			break;
		if (must_stop(session))
			return -EINTR;
		if (!may_wait)
			return -EAGAIN;
	}
	return 0;
}

int nbl_session_advance(struct nbl_session *session, bool may_wait)
{
	struct advance wanted = { .errand.run = advance, .may_wait = may_wait };

	if (session->state != SESSION_ANSWERING || session->text_bytes)
		return 0;
	return nbl_thread_run(session, &wanted.errand);
}

/* Computes what is queued. */
static int compute_queue(struct nbl_session *session)
{
	for (;;) {
		nibble_status status = compute_step(session);

		if (status != NIBBLE_MORE)
			return nbl_status_errno(status);
		cond_resched();
		if (must_stop(session))
			return -EINTR;
	}
}

static int append_and_compute(struct nbl_session *session, nibble_token token)
{
	nibble_status status = nibble_append(session->session, &token, 1, NULL);

	return status < 0 ? nbl_status_errno(status) : compute_queue(session);
}

static int add_likelihoods(struct nbl_session *session, const nibble_token *tokens, size_t count,
			   s64 *sum)
{
	int error = 0;

	*sum = 0;
	for (size_t i = 0; !error && i < count; ++i) {
		int64_t micro_nats = 0;
		nibble_status status;

		nbl_section_begin();
		status = nibble_log_likelihood(session->session, tokens[i], &micro_nats);
		nbl_section_end();
		if (status < 0)
			return nbl_status_errno(status);
		*sum += micro_nats;
		if (i + 1 < count)
			error = append_and_compute(session, tokens[i]);
	}
	return error;
}

/* The tokens of a continuation, which the caller frees. */
static nibble_token *encode(struct nbl_session *session, const char *text, size_t bytes,
			    size_t *out_count)
{
	size_t capacity = session->context_tokens, workspace_bytes = 0;
	nibble_status status =
		nibble_encode_workspace_bytes(session->model->model, bytes, &workspace_bytes);
	nibble_token *tokens = kvmalloc_array(capacity, sizeof(*tokens), GFP_KERNEL_ACCOUNT);
	void *workspace = kvmalloc(workspace_bytes, GFP_KERNEL_ACCOUNT);

	if (!tokens || !workspace)
		status = NIBBLE_ARENA_TOO_SMALL;
	if (status >= 0)
		status = nibble_encode(session->model->model, text, bytes, NIBBLE_ENCODE_CONTINUE,
				       workspace, workspace_bytes, tokens, capacity, NULL,
				       out_count);
	kvfree(workspace);
	if (status >= 0)
		return tokens;
	kvfree(tokens);
	return ERR_PTR(nbl_status_errno(status));
}

/* Back to a position, with the token before it to be computed again: its logits are gone. */
static void queue_last_token(struct nbl_session *session, uint32_t position)
{
	const nibble_token *history;
	nibble_token last;
	size_t count;

	nibble_history(session->session, &history, &count);
	last = history[position - 1];
	nibble_cancel(session->session);
	nibble_rewind(session->session, position - 1);
	nibble_append(session->session, &last, 1, NULL);
}

struct score {
	struct nbl_errand errand;
	const nibble_token *tokens;
	size_t count;
	s64 *micro_nats;
};

static int score(struct nbl_session *session, struct nbl_errand *errand)
{
	const struct score *wanted = container_of(errand, struct score, errand);
	uint32_t position;
	int error = compute_queue(session);

	if (error)
		return error;
	nibble_position(session->session, &position);
	error = add_likelihoods(session, wanted->tokens, wanted->count, wanted->micro_nats);
	queue_last_token(session, position);
	return error;
}

int nbl_session_score(struct nbl_session *session, const char *text, size_t bytes, u32 *out_tokens,
		      s64 *out_micro_nats)
{
	struct score wanted = { .errand.run = score, .micro_nats = out_micro_nats };
	nibble_token *tokens;
	int error;

	if (session->state != SESSION_ANSWERING || session->has_drawn)
		return -EINVAL;
	tokens = encode(session, text, bytes, &wanted.count);
	if (IS_ERR(tokens))
		return PTR_ERR(tokens);
	wanted.tokens = tokens;
	error = nbl_thread_run(session, &wanted.errand);
	kvfree(tokens);
	*out_tokens = wanted.count;
	return error;
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
