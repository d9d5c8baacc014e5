/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Language models for other modules: what /dev/nibble is to programs. */
#ifndef _LINUX_NIBBLE_SESSION_H
#define _LINUX_NIBBLE_SESSION_H

#include <linux/types.h>

struct nbl_session;

struct nbl_session *nibble_session_open(void);
int nibble_session_prompt(struct nbl_session *session, const char *text, size_t bytes);
ssize_t nibble_session_next(struct nbl_session *session, char *to, size_t bytes);
void nibble_session_close(struct nbl_session *session);

#endif
