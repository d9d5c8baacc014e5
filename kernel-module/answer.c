// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* An answer, token by token, in short sections: signals and other tasks have their turn between them. */
#include <linux/sched/signal.h>

#include "glue.h"
#include "trace.h"

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

int nbl_session_compute(struct nbl_session *session)
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
