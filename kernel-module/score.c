// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How likely a continuation is; the conversation stays as it was. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "glue.h"

static int append_and_compute(struct nbl_session *session, nibble_token token)
{
	nibble_status status = nibble_append(session->session, &token, 1, NULL);

	return status < 0 ? nbl_status_errno(status) : nbl_session_compute(session);
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
	int error = nbl_session_compute(session);

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
