/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A client of /dev/nibble: copy this file, client.c and linux/nibble.h into a program.
 *
 * A client is an open file, a conversation of its own; close() ends it. Functions return a negative errno
 * where they fail, -EINTR where a signal came in between: then nothing is lost and the call can be repeated,
 * but for nibble_client_answer().
 * A client may be shared by threads; calls take turns. */
#ifndef NIBBLE_CLIENT_H
#define NIBBLE_CLIENT_H

#include <linux/nibble.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Begins a conversation. settings: null for the defaults. Returns the client.
 * -ENODEV: no model is loaded; -EMFILE: too many clients; -ENOMEM; -EINVAL: a setting is out of range;
 * -ENOENT, -EACCES: no driver, no permission. */
int nibble_client_open(const struct nibble_settings *settings);

/* Says a prompt of up to 64 KiB; what was not read of the last answer is dropped. Cost: linear in it.
 * -EINVAL: no text; -EMSGSIZE: too long; -ENOSPC: the context is full, see nibble_client_rewind(). */
int nibble_client_say(int client, const char *prompt, size_t prompt_bytes);

/* Computes until there is text: whole characters, unless `bytes` is less than four. Returns how much of
 * `text` was filled, 0 at the end of the answer. */
ssize_t nibble_client_read(int client, char *text, size_t bytes);

/* Takes a part of an answer. Anything but 0 ends nibble_client_answer(), which returns it. */
typedef int nibble_client_take(void *context, const char *text, size_t bytes);

/* Says a prompt and hands on the answer as it is computed. After -EINTR the rest of the answer is there for
 * nibble_client_read(); a repeated call would say the prompt again. */
int nibble_client_answer(int client, const char *prompt, nibble_client_take *take, void *context);

/* How likely the model finds a text as what follows all that was said and read, in nats: the sum over its
 * tokens, at most 0. The conversation stays as it was. Cost: a pass over the text.
 * -EINVAL: no text, or nothing was said; -EMSGSIZE, -ENOSPC: longer than the driver or the context takes. */
int nibble_client_score(int client, const char *text, size_t bytes, double *nats);

/* Forgets all tokens from a position on, of nibble_client_info(); 0 forgets all. */
int nibble_client_rewind(int client, uint32_t position_tokens);

/* What the conversation runs on, and where it is. */
int nibble_client_info(int client, struct nibble_info *info);

/* Runs the test that the blob brings along, in a conversation that is empty before and behind it.
 * -EIO: this machine computes something else than the one that packed the blob. */
int nibble_client_self_test(int client);

/* What went wrong and what to do about it, of a negative errno; the text is static. */
const char *nibble_client_fault(int error);

#ifdef __cplusplus
}
#endif
#endif
