/* The C interface: a model, sessions over it, text in and out. C99, no floats, nothing allocates.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What holds for every function, unless its own comment says otherwise:
 *
 * Memory     All memory is the caller's, starts on a multiple of 64 bytes, and outlives what is made
 *            in it; nothing needs to be destroyed. No function allocates, blocks or recurses; each
 *            needs at most 4096 bytes of stack.
 * Threads    A session is used by one thread at a time, and so is a batch with all its sessions. A
 *            model is read-only: any number of threads and sessions may use it at once. Functions
 *            without a model, a session or a batch may be called from any thread.
 * Errors     A function returns NIBBLE_OK or a negative status; each comment lists the statuses to
 *            expect. NIBBLE_BAD_ARGUMENT always includes: a null pointer that the comment does not
 *            allow, bytes without an address, a struct_bytes that no version has.
 * Results    Out-parameters come last and are written on success only. The exception is out_where,
 *            which may be null: it is written on failure too, with the number that the status
 *            counts (a byte offset, a chunk, bytes needed ...), 0 where the status counts nothing.
 * Structs    They begin with their own size, so that later versions can append fields: zero the
 *            struct, set struct_bytes = sizeof it, then what you need; 0 always means the default.
 * Texts      They are UTF-8, carry a length and are not terminated.
 * Registers  Only nibble_step(), nibble_batch_step(), nibble_next(), nibble_log_likelihood() and
 *            nibble_self_test() compute with floating-point and vector registers, and
 *            nibble_platform_yield() is called where none of them is live. Loading
 *            and encoding call it too.
 * Cost       Constant, unless stated.
 */
#ifndef NIBBLE_NIBBLE_H
#define NIBBLE_NIBBLE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define NIBBLE_ABI_VERSION 1

/* NIBBLE_ABI_VERSION of the library that was linked. */
uint32_t nibble_abi_version(void);

/* 0 or above: done. Below: why not; the values of nibble::Error in <nibble/status.h>. */
typedef int32_t nibble_status;
#define NIBBLE_OK 0
#define NIBBLE_END 1  /* nibble_next(): this was the last part of the reply */
#define NIBBLE_MORE 2 /* nibble_step(): call again */

#define NIBBLE_BAD_ARGUMENT (-1)
#define NIBBLE_BUFFER_TOO_SMALL (-2)   /* where: elements needed */
#define NIBBLE_ARENA_TOO_SMALL (-3)    /* where: bytes needed */
#define NIBBLE_TOKEN_OUT_OF_RANGE (-4) /* where: index in the list of tokens */
#define NIBBLE_CONTEXT_FULL (-5)       /* where: free positions */
#define NIBBLE_UNSUPPORTED_CPU (-6)
#define NIBBLE_READ_FAILED (-8) /* where: offset in the blob */
#define NIBBLE_NOTHING_TO_DO (-9)
#define NIBBLE_BUSY (-10)
#define NIBBLE_ARENA_MISALIGNED (-11)
#define NIBBLE_TEXT_TOO_LONG (-12)     /* where: prompt_bytes needed */
#define NIBBLE_BLOB_ERRORS_FIRST (-20) /* -20 ... -79: the blob is damaged, or not for this version */
#define NIBBLE_BLOB_ERRORS_LAST (-79)
#define NIBBLE_SELF_TEST_MISMATCH (-80) /* where: the step of the test */

/* A short stable name ("ManifestHash"), what an out_where counts with it ("chunk", "bytes needed";
 * empty: nothing), and a sentence that says what the status means and what to do. Constants,
 * terminated, never null. */
const char *nibble_status_name(nibble_status status);
const char *nibble_status_where(nibble_status status);
const char *nibble_status_text(nibble_status status);

typedef uint32_t nibble_token;

typedef struct nibble_text {
	const char *text;
	size_t bytes;
} nibble_text;

/* Works on tiles [first, last) of the argument. */
typedef void (*nibble_parallel_body)(void *argument, uint32_t first, uint32_t last);
/* Runs body over a partition of [0, tiles), on threads of the caller's choice and in any order, and
 * returns when all of it is done. Any partition gives the same bits. */
typedef void (*nibble_parallel)(void *context, uint32_t tiles, nibble_parallel_body body,
                                void *argument);

/* ---- Model: a verified blob ------------------------------------------------------------- */

typedef struct nibble_model nibble_model;

#define NIBBLE_KEEP 0u    /* the blob's memory outlives the model and is used in place */
#define NIBBLE_RELEASE 1u /* the blob may be freed once nibble_model_load() returns */

/* Where a blob comes from, and who loads it. Only read while the function runs. */
typedef struct nibble_source {
	uint32_t struct_bytes;
	uint32_t residency; /* NIBBLE_KEEP or NIBBLE_RELEASE; matters for memory only */
	const void *memory; /* the whole blob, 64-byte aligned; or null, and read is called */
	uint64_t bytes;     /* of the whole blob */
	/* Fills out from offset. Returns 0, or anything else when that failed. nibble_model_load() reads
	 * each byte once, in ascending order unless concurrent_reads is set. */
	int32_t (*read)(void *context, uint64_t offset, void *out, size_t bytes);
	void *context;             /* of read */
	uint32_t workers;          /* parts of the load that may run at once, up to 256; 0 = 1 */
	uint32_t concurrent_reads; /* 1: several threads may be in read at once, in any order */
	nibble_parallel parallel;  /* runs the workers; null: the caller's thread runs them all */
	void *parallel_context;
} nibble_source;

/* The bytes of a blob that are enough to know how long all of it is. */
#define NIBBLE_BLOB_HEADER_BYTES 256

/* How long a blob is, from its first bytes (8-byte aligned; NIBBLE_BLOB_HEADER_BYTES, unless the
 * source ends before): for a source that does not know its length. The header's hash is not checked.
 * Errors: a blob error. */
nibble_status nibble_blob_bytes(const void *first, size_t first_bytes, uint64_t *out_blob_bytes);

/* Exact bytes that nibble_model_load() needs for this source. The scratch is free again when that
 * returns, so a session's arena may use the same memory; each worker has a scratch of its own.
 * The header is checked, the hashes are not yet: the figures are good for sizing memory only.
 * Errors: NIBBLE_READ_FAILED, NIBBLE_ARENA_MISALIGNED (the blob), a blob error. */
nibble_status nibble_model_needs(const nibble_source *source, size_t *out_arena_bytes,
                                 size_t *out_scratch_bytes);

/* Verifies everything in the blob, then unpacks it. The model is stored inside the arena, which it
 * needs as long as it is used; the scratch is free when the function returns. After an error the
 * arena holds nothing of use.
 * Errors: a blob error, NIBBLE_READ_FAILED, NIBBLE_ARENA_TOO_SMALL (arena or scratch),
 * NIBBLE_ARENA_MISALIGNED (arena, scratch or blob).
 * Cost: SHA-256 over all that is stored; for what is compressed also decompression, and SHA-256 over
 * what comes out of it. */
nibble_status nibble_model_load(const nibble_source *source, void *arena, size_t arena_bytes,
                                void *scratch, size_t scratch_bytes, uint64_t *out_where,
                                const nibble_model **out_model);

/* Elements or tokens. */
typedef struct nibble_shape {
	uint32_t struct_bytes; /* set by the caller */
	uint32_t vocabulary;
	uint32_t context_tokens;         /* the largest context that a session may have */
	uint32_t default_context_tokens; /* the context of a session that asks for none */
	uint32_t width;
	uint32_t layers;
	uint32_t heads;
	uint32_t kv_heads;
	uint32_t head_dimension;
	uint32_t ffn_width;
} nibble_shape;

nibble_status nibble_model_shape(const nibble_model *model, nibble_shape *out_shape);

#define NIBBLE_STRING_NAME 0u
#define NIBBLE_STRING_ARCHITECTURE 1u
#define NIBBLE_STRING_LICENSE 2u
#define NIBBLE_STRING_SOURCE 3u
#define NIBBLE_STRING_SOURCE_SHA256 4u
#define NIBBLE_STRING_QUANTIZATION 5u
#define NIBBLE_STRING_TOOL 6u

/* One of the blob's strings, perhaps empty: a view that is valid as long as the model. */
nibble_status nibble_model_string(const nibble_model *model, uint32_t which, const char **out_text,
                                  size_t *out_bytes);

/* SHA-256 of header and manifest: 32 bytes that identify this blob. */
nibble_status nibble_model_identity(const nibble_model *model, uint8_t *out_sha256);

/* ---- Tokenizer: for callers who work with tokens ---------------------------------------- */

#define NIBBLE_ENCODE_PROMPT 0u   /* begin-of-text token, dummy prefix, text */
#define NIBBLE_ENCODE_TEXT 1u     /* dummy prefix, text */
#define NIBBLE_ENCODE_CONTINUE 2u /* the text alone */

/* Bytes of workspace that nibble_encode() needs for a text of that length.
 * Errors: -50 (SizeOverflow) for a text beyond 1 GiB. */
nibble_status nibble_encode_workspace_bytes(const nibble_model *model, size_t text_bytes,
                                            size_t *out_bytes);

/* Turns UTF-8 into tokens; any bytes are accepted.
 * The workspace is 8-byte aligned and free again when the function returns.
 * Errors: NIBBLE_BUFFER_TOO_SMALL (where: tokens needed), NIBBLE_ARENA_TOO_SMALL (the workspace),
 * NIBBLE_ARENA_MISALIGNED (the workspace), -50 (SizeOverflow) for a text beyond 1 GiB.
 * Cost: O(n log n) in the text's bytes. */
nibble_status nibble_encode(const nibble_model *model, const char *text, size_t text_bytes,
                            uint32_t mode, void *workspace, size_t workspace_bytes,
                            nibble_token *tokens, size_t capacity, uint64_t *out_where,
                            size_t *out_count);

/* The bytes that a token adds to the text: a view that is valid as long as the model. It may be part
 * of a UTF-8 sequence, and is empty for control tokens and for ids outside the vocabulary. */
nibble_status nibble_piece(const nibble_model *model, nibble_token token, const char **out_text,
                           size_t *out_bytes);

/* ---- Session: a conversation ------------------------------------------------------------ */

typedef struct nibble_session nibble_session;

#define NIBBLE_CACHE_DEFAULT 0u
#define NIBBLE_CACHE_F16 1u
#define NIBBLE_CACHE_INT8 2u
#define NIBBLE_CACHE_HYBRID 3u /* keys in eight bits, values in four */
#define NIBBLE_CACHE_INT4 4u

#define NIBBLE_MAX_STOP_TEXTS 16u

/* Only read while the function runs: texts and names are copied. */
typedef struct nibble_options {
	uint32_t struct_bytes;
	uint32_t context_tokens;       /* positions in the cache; 0 = the model's default */
	uint32_t batch_tokens;         /* prompt tokens per pass, up to 1024; 0 = 16 */
	uint32_t cache;                /* NIBBLE_CACHE_... */
	uint32_t temperature_milli;    /* up to 100000; 0 = always the likeliest token; 1000 = 1.0 */
	uint32_t top_k;                /* 0 = off */
	uint32_t top_p_milli;          /* 1 ... 1000; 0 = off */
	uint32_t min_p_milli;          /* up to 1000; 0 = off */
	uint32_t repeat_penalty_milli; /* 100 ... 10000; 0 = off */
	uint32_t repeat_window_tokens; /* 0 = 64 */
	uint64_t seed;
	nibble_parallel parallel; /* null: no threads */
	void *parallel_context;
	const char *kernels;           /* "avx2", ..., terminated; null: the best this CPU runs */
	size_t prompt_bytes;           /* longest text for nibble_prompt() or _chat(); 0 = about vocabulary / 5 */
	uint64_t max_tokens;           /* per reply; 0 = as many as the context holds */
	const nibble_text *stop_texts; /* a reply ends before the first of them */
	size_t stop_text_count;        /* up to NIBBLE_MAX_STOP_TEXTS */
} nibble_options;

/* Exact bytes that nibble_session_create() needs. options may be null: all defaults.
 * Errors: NIBBLE_BAD_ARGUMENT (a setting is out of range), NIBBLE_UNSUPPORTED_CPU (no kernel set has
 * that name).
 * Cost: linear in the tables of the model's buffers. */
nibble_status nibble_session_bytes(const nibble_model *model, const nibble_options *options,
                                   size_t *out_bytes);

/* Makes a session at position 0. The session is stored inside the arena, which it needs as long as it
 * is used; the model outlives it. options may be null: all defaults.
 * Errors: as nibble_session_bytes(), NIBBLE_ARENA_TOO_SMALL (where: bytes needed),
 * NIBBLE_ARENA_MISALIGNED, NIBBLE_UNSUPPORTED_CPU (this CPU lacks what the kernel set needs). */
nibble_status nibble_session_create(const nibble_model *model, const nibble_options *options,
                                    void *arena, size_t arena_bytes, uint64_t *out_where,
                                    nibble_session **out_session);

/* Changes how the next tokens are drawn: what options says of temperature, top_k, top_p, min_p, the
 * repeat penalty, seed and max_tokens. Its other fields are not looked at; null: all defaults.
 * Errors: NIBBLE_BAD_ARGUMENT (a setting is out of range; nothing is changed). */
nibble_status nibble_configure(nibble_session *session, const nibble_options *options);

/* Encodes a text and queues its tokens; nothing is computed yet. At position 0 with nothing queued
 * the text begins a conversation (NIBBLE_ENCODE_PROMPT), else it continues one. A new reply begins.
 * Errors: NIBBLE_TEXT_TOO_LONG (where: prompt_bytes needed), NIBBLE_CONTEXT_FULL (where: free
 * positions), NIBBLE_BUSY (a step is under way), NIBBLE_BAD_ARGUMENT (the text has no tokens).
 * Cost: as nibble_encode(). */
nibble_status nibble_prompt(nibble_session *session, const char *text, size_t text_bytes,
                            uint64_t *out_where);

/* Says something to the model in its chat template, and queues it; nothing is computed yet. At
 * position 0 with nothing queued a conversation begins, with system (how the model is to behave) or,
 * where system_bytes is 0, with the template's own system text; else the last reply is answered.
 * Neither text can spell a control token. A new reply begins.
 * Errors: NIBBLE_BAD_ARGUMENT (the model has no chat template), NIBBLE_TEXT_TOO_LONG (where: bytes of
 * the turn), NIBBLE_CONTEXT_FULL (where: free positions), NIBBLE_BUSY (a step is under way).
 * Cost: as nibble_encode(). */
nibble_status nibble_chat(nibble_session *session, const char *system, size_t system_bytes,
                          const char *user, size_t user_bytes, uint64_t *out_where);

/* Queues tokens; nothing is computed yet. A new reply begins.
 * Errors: NIBBLE_TOKEN_OUT_OF_RANGE (where: its index), NIBBLE_CONTEXT_FULL (where: free positions),
 * NIBBLE_BUSY (a step is under way), NIBBLE_BAD_ARGUMENT (no tokens). */
nibble_status nibble_append(nibble_session *session, const nibble_token *tokens, size_t count,
                            uint64_t *out_where);

/* Computes at most tile_budget tiles of what is queued: a bounded amount of work. Any budgets give
 * the same bits. Returns NIBBLE_OK when all of it is computed, NIBBLE_MORE when it is to be called
 * again.
 * Errors: NIBBLE_NOTHING_TO_DO (nothing is queued), NIBBLE_BAD_ARGUMENT (no budget).
 * Cost: tile_budget tiles; nibble_tiles_per_pass() has as many. */
nibble_status nibble_step(nibble_session *session, uint64_t tile_budget);

#define NIBBLE_ENDED_BY_TOKEN 1u     /* the model drew a token that ends a reply */
#define NIBBLE_ENDED_BY_STOP_TEXT 2u /* the text reached one of stop_texts */
#define NIBBLE_ENDED_BY_LIMIT 3u     /* the reply has max_tokens tokens */
#define NIBBLE_ENDED_BY_CONTEXT 4u   /* the cache has no position left for the token */

/* One token of a reply, and the text that became certain with it. */
typedef struct nibble_reply_part {
	uint32_t struct_bytes; /* set by the caller */
	nibble_token token;
	/* Whole characters, perhaps none: a view until the next call for this session that takes it
	 * without const. What may begin a stop text is held back, and so are unfinished characters;
	 * malformed bytes become U+FFFD. The last part holds nothing back. */
	const char *text;
	size_t text_bytes;
	uint32_t end; /* NIBBLE_ENDED_BY_..., 0 while the reply goes on */
} nibble_reply_part;

/* Whether nibble_next() draws without computing: 1, or 0. */
nibble_status nibble_ready(const nibble_session *session, uint32_t *out_ready);

/* Computes what nibble_step() left of the queue, then draws the next token of the reply and queues
 * it. Returns NIBBLE_OK, or NIBBLE_END with the last part of a reply; a token that ended it is not
 * queued, unless it was the last that max_tokens allows.
 * Errors: NIBBLE_NOTHING_TO_DO (nothing is queued, or the reply has ended: prompt again).
 * Cost: the passes over what is queued; one pass over one token per part after the first. */
nibble_status nibble_next(nibble_session *session, nibble_reply_part *out_part);

/* Computes what nibble_step() left of the queue, and says how likely it makes a token: millionths of
 * a nat, at most 0. nibble_append() the token and ask for the next one: the sum is the log-likelihood
 * of a text.
 * Errors: NIBBLE_TOKEN_OUT_OF_RANGE, NIBBLE_NOTHING_TO_DO (nothing was queued).
 * Cost: the passes over what is queued, and linear in the vocabulary. */
nibble_status nibble_log_likelihood(nibble_session *session, nibble_token token,
                                    int64_t *out_micro_nats);

/* What is held back of the text, for a caller who asks for no more of a reply: a view as in
 * nibble_reply_part. */
nibble_status nibble_flush(nibble_session *session, const char **out_text, size_t *out_bytes);

/* Drops queued and half-computed tokens. Tokens of passes that were completed stay. */
nibble_status nibble_cancel(nibble_session *session);
/* Forgets everything after position, queued tokens included.
 * Errors: NIBBLE_BAD_ARGUMENT (beyond the session's position, or so far back that a layer with a
 * window has forgotten what it saw: 0 always works), NIBBLE_BUSY (a step is under way). */
nibble_status nibble_rewind(nibble_session *session, uint32_t position);
/* Makes the session what it was after nibble_session_create(), its random numbers included. */
nibble_status nibble_reset(nibble_session *session);
/* Tokens computed. */
nibble_status nibble_position(const nibble_session *session, uint32_t *out_position);
/* The tokens computed, as many as nibble_position() says: a view until the next call for this session
 * that takes it without const. */
nibble_status nibble_history(const nibble_session *session, const nibble_token **out_tokens,
                             size_t *out_count);
/* Tiles of a pass over that many tokens (up to batch_tokens): what a budget is a fraction of.
 * Cost: linear in the model's ops. */
nibble_status nibble_tiles_per_pass(const nibble_session *session, uint32_t tokens,
                                    uint64_t *out_tiles);
/* The kernel set in use: "scalar", "avx2", ... A constant, terminated. */
nibble_status nibble_kernels_name(const nibble_session *session, const char **out_name);

/* Runs the blob's own test: its prompt, its tokens, the digest of its logits; then resets the session.
 * Errors: NIBBLE_SELF_TEST_MISMATCH (memory, file or arithmetic is broken; where: the step that
 * differs, or the count of steps when only the digest does), NIBBLE_BAD_ARGUMENT (the session is not
 * at position 0, or tokens are queued), NIBBLE_CONTEXT_FULL (the session is too short for the test).
 * Cost: the tokens of the test, computed once. */
nibble_status nibble_self_test(nibble_session *session, uint64_t *out_where);

/* ---- Batch: sessions of one model that are computed together ------------------------------ */

/* A step computes one token of each session that decodes, and meanwhile parts of the prompts that
 * others were given: the model's weights are read once for all of them. Every session has the bits
 * that it has alone; one that ends, fails or is cancelled leaves the others untouched.
 *
 *         while (nibble_batch_step(batch, budget) >= 0)
 *                 for each session that is nibble_ready(): nibble_next()
 */
typedef struct nibble_batch nibble_batch;

/* Exact bytes that nibble_batch_create() needs for that many sessions. options may be null: all
 * defaults. They are those of every session, but for batch_tokens, the rows of a pass that all
 * sessions share: at least one per session; 0 = 16, or as many as there are sessions.
 * Errors: NIBBLE_BAD_ARGUMENT (a setting is out of range, no sessions, or more than batch_tokens),
 * NIBBLE_UNSUPPORTED_CPU (no kernel set has that name), -50 (SizeOverflow).
 * Cost: linear in the tables of the model's buffers, once per session. */
nibble_status nibble_batch_bytes(const nibble_model *model, const nibble_options *options,
                                 uint32_t sessions, size_t *out_bytes);

/* Makes that many sessions at position 0. They and the batch are stored inside the arena, which they
 * need as long as any of them is used; the model outlives them. options as for nibble_batch_bytes().
 * Errors: as nibble_batch_bytes(), NIBBLE_ARENA_TOO_SMALL (where: bytes needed),
 * NIBBLE_ARENA_MISALIGNED, NIBBLE_UNSUPPORTED_CPU (this CPU lacks what the kernel set needs). */
nibble_status nibble_batch_create(const nibble_model *model, const nibble_options *options,
                                  uint32_t sessions, void *arena, size_t arena_bytes,
                                  uint64_t *out_where, nibble_batch **out_batch);

/* One of the batch's sessions, valid as long as the arena. All functions take it, with these
 * differences from a session alone:
 *   nibble_step() and nibble_next() compute the batch until this session is done, and so may finish
 *   others too. nibble_cancel() drops the session's part of a pass that is under way; the pass goes
 *   on with the others. NIBBLE_BUSY says that this session's own queue is being computed. What a
 *   session is nibble_ready() to draw from is gone when a later pass makes others ready: its
 *   nibble_next() then computes its last token again.
 * Errors: NIBBLE_BAD_ARGUMENT (the batch has no session with that index). */
nibble_status nibble_batch_session(nibble_batch *batch, uint32_t index,
                                   nibble_session **out_session);

/* Queues the token that each session drew last, unless its reply has ended, then computes at most
 * tile_budget tiles of what the sessions have queued. Any budgets give the same bits. Returns
 * NIBBLE_OK at the end of a pass behind which some session is nibble_ready() that was not,
 * NIBBLE_MORE when it is to be called again.
 * Errors: NIBBLE_NOTHING_TO_DO (no session has anything queued), NIBBLE_BAD_ARGUMENT (no budget).
 * Cost: tile_budget tiles; nibble_tiles_per_pass() of any session has as many for a pass. */
nibble_status nibble_batch_step(nibble_batch *batch, uint64_t tile_budget);

/* ---- Digest of logits: equal digests mean that two machines computed the same bits -------- */

#define NIBBLE_DIGEST_BYTES 32 /* SHA-256 */

/* The state of a digest: the caller's memory, opaque. */
typedef struct nibble_digest {
	uint64_t state[16];
} nibble_digest;

nibble_status nibble_digest_begin(nibble_digest *digest);
/* Adds the logits that the last token was drawn from; belongs right behind nibble_next().
 * Errors: NIBBLE_NOTHING_TO_DO (there are no logits).
 * Cost: SHA-256 over four bytes per token of the vocabulary. */
nibble_status nibble_digest_add(nibble_digest *digest, const nibble_session *session);
/* No nibble_digest_add() may follow, before the next nibble_digest_begin(). */
nibble_status nibble_digest_finish(nibble_digest *digest, uint8_t *out_sha256);

/* ---- What the platform provides: link-time symbols, each needed once ---------------------- */

/* A precondition does not hold: say so and stop. Does not return. Builds with NIBBLE_CHECKS call it;
 * release builds do not. */
void nibble_platform_panic(const char *file, int32_t line, const char *what);
/* Called between parts of the work, with no floating-point or vector register live: a kernel may end
 * its FPU section here, reschedule, and begin it again. Without nibble_options.parallel there are at
 * most some 25 microseconds of a core with AVX2 between two calls, or a tile that takes longer. Hashing
 * calls it behind every 64 KiB, from whichever thread loads, and encoding behind every 4 KiB at the
 * latest. May do nothing. */
void nibble_platform_yield(void);

#ifdef __cplusplus
}
#endif

#endif
