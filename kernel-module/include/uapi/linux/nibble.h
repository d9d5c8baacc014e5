/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) WITH Linux-syscall-note */
/*
 * /dev/nibble: a small language model behind a file.
 *
 * An open file is a conversation. write() takes one prompt, read() returns the answer as it is
 * computed and then end of file; the next write() continues the conversation. Without a prompt,
 * read() describes the model.
 *
 * Every struct may grow at its end: the size in the command's number says which version the caller
 * has. Fields that the kernel does not know must be zero (E2BIG), fields that the caller does not
 * know are left out.
 */
#ifndef _UAPI_LINUX_NIBBLE_H
#define _UAPI_LINUX_NIBBLE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define NIBBLE_NAME_BYTES 64
#define NIBBLE_KERNELS_BYTES 16
#define NIBBLE_SHA256_BYTES 32

/**
 * struct nibble_info - what a conversation runs on
 * @model: the model's name, terminated
 * @kernels: the kernel set that computes, such as "avx2", terminated
 * @identity: SHA-256 of the blob's header and manifest
 * @logits_sha256: of all logits that the last answer's tokens were drawn from so far; zeros without
 *	NIBBLE_DIGEST_LOGITS
 * @vocabulary: tokens that the model knows
 * @context_tokens: tokens that this conversation can hold
 * @position_tokens: tokens that were computed so far
 * @reserved: zero
 * @model_bytes: memory of the model, which all conversations share
 * @session_bytes: memory of this conversation
 */
struct nibble_info {
	char model[NIBBLE_NAME_BYTES];
	char kernels[NIBBLE_KERNELS_BYTES];
	__u8 identity[NIBBLE_SHA256_BYTES];
	__u8 logits_sha256[NIBBLE_SHA256_BYTES];
	__u32 vocabulary;
	__u32 context_tokens;
	__u32 position_tokens;
	__u32 reserved;
	__u64 model_bytes;
	__u64 session_bytes;
};

/* Computes nibble_info.logits_sha256, by which two machines can compare their bits. */
#define NIBBLE_DIGEST_LOGITS 1u

/**
 * struct nibble_settings - how a conversation draws its tokens; zero always means the default
 * @flags: NIBBLE_DIGEST_LOGITS or zero
 * @context_tokens: tokens that the conversation can hold
 * @temperature_milli: 1000 is 1.0; zero takes the likeliest token
 * @top_k: how many of the likeliest tokens are drawn from
 * @top_p_milli: draw from the likeliest tokens that have this share together
 * @min_p_milli: leave out tokens below this share of the likeliest one's probability
 * @repeat_penalty_milli: divides what was said lately
 * @repeat_window_tokens: how far back lately is
 * @stop_bytes: length of @stop_texts
 * @reserved: zero
 * @seed: of the random numbers
 * @max_tokens: tokens of one answer
 * @stop_texts: address of texts that end an answer, each terminated by a zero byte
 */
struct nibble_settings {
	__u32 flags;
	__u32 context_tokens;
	__u32 temperature_milli;
	__u32 top_k;
	__u32 top_p_milli;
	__u32 min_p_milli;
	__u32 repeat_penalty_milli;
	__u32 repeat_window_tokens;
	__u32 stop_bytes;
	__u32 reserved;
	__u64 seed;
	__u64 max_tokens;
	__u64 stop_texts;
};

/**
 * struct nibble_score - how likely the model finds a text as the continuation
 * @text: address of the text
 * @text_bytes: its length
 * @tokens: how many tokens it has; set by the kernel
 * @log_likelihood: the sum over its tokens, in millionths of a nat; set by the kernel
 */
struct nibble_score {
	__u64 text;
	__u32 text_bytes;
	__u32 tokens;
	__s64 log_likelihood;
};

#define NIBBLE_IOC_TYPE 0xBB

/* Describes the conversation. */
#define NIBBLE_IOC_INFO _IOR(NIBBLE_IOC_TYPE, 0, struct nibble_info)
/* Begins an empty conversation with other settings, on the model that new files get. */
#define NIBBLE_IOC_CONFIGURE _IOW(NIBBLE_IOC_TYPE, 1, struct nibble_settings)
/* Begins an empty conversation with the same settings. */
#define NIBBLE_IOC_RESET _IO(NIBBLE_IOC_TYPE, 2)
/* Forgets all tokens from this position on. */
#define NIBBLE_IOC_REWIND _IOW(NIBBLE_IOC_TYPE, 3, __u32)
/* Runs the test that the blob brings along, in an empty conversation; EIO if its digest differs. */
#define NIBBLE_IOC_SELF_TEST _IO(NIBBLE_IOC_TYPE, 4)
/* Scores a text behind what was written and read so far; the conversation stays as it was. */
#define NIBBLE_IOC_SCORE _IOWR(NIBBLE_IOC_TYPE, 5, struct nibble_score)

#endif
