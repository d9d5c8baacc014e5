/* The C interface: a model, sessions over it, text in and out. C99, no floats, nothing allocates.
 * SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * All memory is the caller's, starts on a multiple of 64 bytes, and outlives what is made in it.
 * Structs begin with their own size, so that later versions can append fields: zero the struct,
 * set struct_bytes = sizeof it, then what you need; 0 always means the default. Out-parameters
 * come last and are written only on success. Texts carry a length and are not terminated.
 * One thread at a time for each session; a model may be shared by any number of them.
 */
#ifndef NIBBLE_NIBBLE_H
#define NIBBLE_NIBBLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NIBBLE_ABI_VERSION 1

/* NIBBLE_ABI_VERSION of the library that was linked. */
uint32_t nibble_abi_version(void);

/* 0 or above: done. Below: why not; the values of nibble::Error in <nibble/status.h>. */
typedef int32_t nibble_status;
#define NIBBLE_OK 0
#define NIBBLE_END 1  /* nibble_next(): the reply is complete */
#define NIBBLE_MORE 2 /* nibble_step(): call again */

#define NIBBLE_BAD_ARGUMENT (-1)
#define NIBBLE_BUFFER_TOO_SMALL (-2)
#define NIBBLE_ARENA_TOO_SMALL (-3)
#define NIBBLE_TOKEN_OUT_OF_RANGE (-4)
#define NIBBLE_CONTEXT_FULL (-5)
#define NIBBLE_UNSUPPORTED_CPU (-6)
#define NIBBLE_READ_FAILED (-8)
#define NIBBLE_NOTHING_TO_DO (-9)
#define NIBBLE_BUSY (-10)
#define NIBBLE_ARENA_MISALIGNED (-11)
#define NIBBLE_BLOB_ERRORS_FIRST (-20) /* -20 ... -79: the blob is damaged, or not for this version */
#define NIBBLE_BLOB_ERRORS_LAST (-79)
#define NIBBLE_SELF_TEST_MISMATCH (-80)

/* A short stable name ("ManifestHash"), what an out_where counts with it ("chunk", "bytes needed";
 * empty: nothing), and a sentence: what it means, what to do. Never null. */
const char *nibble_status_name(nibble_status status);
const char *nibble_status_where(nibble_status status);
const char *nibble_status_text(nibble_status status);

typedef uint32_t nibble_token;

/* ---- Model: a verified blob ------------------------------------------------------------- */

typedef struct nibble_model nibble_model;

#define NIBBLE_KEEP 0u    /* the blob's memory outlives the model and is used in place */
#define NIBBLE_RELEASE 1u /* the blob may be freed once nibble_model_load() returns */

/* Where a blob comes from: memory, or a function that reads parts of it. */
typedef struct nibble_source {
	uint32_t struct_bytes;
	uint32_t residency;  /* NIBBLE_KEEP or NIBBLE_RELEASE; matters for memory only */
	const void *memory;  /* the whole blob, or null: then read is called */
	uint64_t bytes;      /* of the whole blob */
	/* Fills out from offset; 0 = done, anything else = failed. Offsets ascend. */
	int32_t (*read)(void *context, uint64_t offset, void *out, size_t bytes);
	void *context;
} nibble_source;

/* Exact bytes for nibble_model_load(). The scratch is free again when that returns. */
nibble_status nibble_model_needs(const nibble_source *source, size_t *out_arena_bytes,
                                 size_t *out_scratch_bytes);

/* Verifies everything in the blob, then unpacks it. The model lies inside the arena.
 * out_where (may be null) is written on failure too: where the trouble is, as <nibble/status.h>
 * says for each error. */
nibble_status nibble_model_load(const nibble_source *source, void *arena, size_t arena_bytes,
                                void *scratch, size_t scratch_bytes, uint64_t *out_where,
                                const nibble_model **out_model);

/* Elements or tokens. The caller sets struct_bytes. */
typedef struct nibble_shape {
	uint32_t struct_bytes;
	uint32_t vocabulary;
	uint32_t context_tokens;         /* the largest a session may have */
	uint32_t default_context_tokens; /* what a session has unless it asks */
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

/* One of the blob's strings: a view that lives as long as the model. */
nibble_status nibble_model_string(const nibble_model *model, uint32_t which, const char **out_text,
                                  size_t *out_bytes);

/* SHA-256 of header and manifest: 32 bytes that name this blob. */
nibble_status nibble_model_identity(const nibble_model *model, uint8_t *out_sha256);

/* ---- Tokenizer -------------------------------------------------------------------------- */

#define NIBBLE_ENCODE_PROMPT 0u   /* begin-of-text token, dummy prefix, text */
#define NIBBLE_ENCODE_TEXT 1u     /* dummy prefix, text */
#define NIBBLE_ENCODE_CONTINUE 2u /* the text alone */

/* Bytes of workspace nibble_encode() needs for a text of that length. */
nibble_status nibble_encode_workspace_bytes(size_t text_bytes, size_t *out_bytes);

/* UTF-8 to tokens; any bytes are accepted. NIBBLE_BUFFER_TOO_SMALL when capacity is short. */
nibble_status nibble_encode(const nibble_model *model, const char *text, size_t text_bytes,
                            uint32_t mode, void *workspace, size_t workspace_bytes,
                            nibble_token *tokens, size_t capacity, size_t *out_count);

/* The bytes a token adds to the text, perhaps part of a UTF-8 sequence; a view, may be empty. */
nibble_status nibble_piece(const nibble_model *model, nibble_token token, const char **out_text,
                           size_t *out_bytes);

/* Joins pieces into whole UTF-8 characters. Private state; plain memory, nothing to destroy. */
typedef struct nibble_text_stream {
	uint8_t state[16];
} nibble_text_stream;

/* For a reply that goes on from a prompt. */
nibble_status nibble_text_begin(nibble_text_stream *stream);
/* Room for 3 * (piece_bytes + 3) always suffices. */
nibble_status nibble_text_push(nibble_text_stream *stream, const char *piece, size_t piece_bytes,
                               char *text, size_t capacity, size_t *out_bytes);
/* What is held back at the end, as replacement characters. */
nibble_status nibble_text_flush(nibble_text_stream *stream, char *text, size_t capacity,
                                size_t *out_bytes);

/* ---- Session: a conversation ------------------------------------------------------------ */

typedef struct nibble_session nibble_session;

#define NIBBLE_CACHE_DEFAULT 0u
#define NIBBLE_CACHE_F16 1u
#define NIBBLE_CACHE_INT8 2u

/* Work on tiles [first, last) of the argument; all of [0, tiles) is to be covered, in any order. */
typedef void (*nibble_parallel_body)(void *argument, uint32_t first, uint32_t last);

typedef struct nibble_options {
	uint32_t struct_bytes;
	uint32_t context_tokens;       /* positions in the cache; 0 = the model's default */
	uint32_t batch_tokens;         /* prompt tokens for each pass; 0 = 16 */
	uint32_t cache;                /* NIBBLE_CACHE_... */
	uint32_t temperature_milli;    /* 0 = always the likeliest token; 1000 = 1.0 */
	uint32_t top_k;                /* 0 = off */
	uint32_t top_p_milli;          /* 1 ... 1000; 0 = off */
	uint32_t min_p_milli;          /* 0 = off */
	uint32_t repeat_penalty_milli; /* 100 ... 10000; 0 = off */
	uint32_t repeat_window_tokens; /* 0 = 64 */
	uint64_t seed;
	/* Runs body over a partition of [0, tiles) and returns when all is done; null: no threads. */
	void (*parallel)(void *context, uint32_t tiles, nibble_parallel_body body, void *argument);
	void *parallel_context;
	const char *kernels; /* "avx2", ...; null: the best this CPU runs */
} nibble_options;

/* Exact bytes for nibble_session_create(). options may be null: all defaults. */
nibble_status nibble_session_bytes(const nibble_model *model, const nibble_options *options,
                                   size_t *out_bytes);
nibble_status nibble_session_create(const nibble_model *model, const nibble_options *options,
                                    void *arena, size_t arena_bytes, nibble_session **out_session);

/* Bytes of workspace nibble_prompt() needs for a text of that length. */
nibble_status nibble_prompt_workspace_bytes(size_t text_bytes, size_t *out_bytes);
/* Encodes a text and queues its tokens; nothing is computed yet. At position 0 with nothing queued
 * the text begins a conversation (NIBBLE_ENCODE_PROMPT), else it continues one. */
nibble_status nibble_prompt(nibble_session *session, const char *text, size_t text_bytes,
                            void *workspace, size_t workspace_bytes);
/* Queues tokens; nothing is computed yet. */
nibble_status nibble_append(nibble_session *session, const nibble_token *tokens, size_t count);

/* Computes at most tile_budget tiles of what is queued: a bounded amount of work.
 * NIBBLE_OK: all computed. NIBBLE_MORE: call again. */
nibble_status nibble_step(nibble_session *session, uint64_t tile_budget);

/* Computes what is queued, picks the next token and queues it.
 * NIBBLE_END: the token ends the reply; it is not queued.
 * NIBBLE_CONTEXT_FULL: there is no place for another token, the reply ends here. */
nibble_status nibble_next(nibble_session *session, nibble_token *out_token);

/* Drops queued and half-computed tokens. */
nibble_status nibble_cancel(nibble_session *session);
/* Forgets everything after position, queued tokens included. O(1). */
nibble_status nibble_rewind(nibble_session *session, uint32_t position);
/* Tokens computed. */
nibble_status nibble_position(const nibble_session *session, uint32_t *out_position);
/* Tiles of a pass over that many tokens: what a budget is a fraction of. */
nibble_status nibble_tiles_per_pass(const nibble_session *session, uint32_t tokens,
                                    uint64_t *out_tiles);
/* The kernel set in use: "scalar", "avx2", ... A constant. */
nibble_status nibble_kernels_name(const nibble_session *session, const char **out_name);

/* Runs the blob's own test: its prompt, its tokens, the digest of its logits. The session must
 * stand at position 0 and does so afterwards; its random generator starts anew.
 * NIBBLE_SELF_TEST_MISMATCH: memory, file or arithmetic is broken; out_where (may be null) is the
 * step, written on failure too. */
nibble_status nibble_self_test(nibble_session *session, uint64_t *out_where);

/* ---- What the platform provides: link-time symbols, each needed once ---------------------- */

/* Something that cannot be happened: say so and stop. Does not return. */
void nibble_platform_panic(const char *file, int32_t line, const char *what);
/* Diagnostics; may do nothing. */
void nibble_platform_log(const char *text, size_t bytes);
/* A clock of any unit, for measurements; may return 0. */
uint64_t nibble_platform_ticks(void);
/* Called between ops, with no floating-point or vector register live: a kernel may end its FPU
 * section here, reschedule, and begin it again. May do nothing. */
void nibble_platform_yield(void);

#ifdef __cplusplus
}
#endif

#endif
