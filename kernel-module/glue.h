/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the files of the module share: models, sessions, sections with vector registers. */
#ifndef NIBBLE_GLUE_H
#define NIBBLE_GLUE_H

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <nibble/nibble.h>

#include <linux/nibble.h>

/* A verified model in memory. Each session holds a reference, the module one to the newest. */
struct nbl_model {
	struct kref refs;
	const nibble_model *model;
	void *arena;
	size_t arena_bytes;
	size_t blob_bytes; /* that stay in memory: of a model that is linked in */
	size_t loading_bytes; /* that the load needed beside the arena */
	char name[NIBBLE_NAME_BYTES];
	u8 identity[NIBBLE_SHA256_BYTES];
	u32 vocabulary;
	u32 default_context_tokens;
};

/* The name of the model that is linked in. */
#define NBL_EMBEDDED_NAME "embedded"

/* Loads a firmware file, or what is linked in, and makes it the model of new sessions. Sleeps. */
int nbl_model_replace(const char *name, struct device *device);
/* The newest model with a reference for the caller; null before the first was loaded. */
struct nbl_model *nbl_model_get(void);
void nbl_model_put(struct nbl_model *model);
/* Drops the module's own reference. */
void nbl_model_forget(void);

/* One open file. */
struct nbl_session {
	struct mutex lock;
	struct nbl_model *model;
	void *arena;
	size_t arena_bytes;
	nibble_session *session;
	u32 context_tokens;
	bool has_drawn; /* a token of this answer */
	bool is_digesting;
	nibble_digest digest; /* of the answer's logits */
	/* Text that was computed and not read yet: a view into the session. */
	const char *text;
	size_t text_bytes;
	struct kthread_worker *worker; /* null: the caller computes */
	bool is_interrupted; /* whoever waits for the worker has a signal */
	enum { SESSION_FRESH, SESSION_ANSWERING, SESSION_ANSWERED } state;
	loff_t description_read; /* bytes of the description that read() returned */
};

extern unsigned int nbl_max_sessions;
extern unsigned long nbl_max_session_bytes;

/* is_digesting: the digest of each answer's logits is kept. */
struct nbl_session *nbl_session_create(const nibble_options *options, bool is_digesting);
void nbl_session_destroy(struct nbl_session *session);
/* Puts another conversation into an open file; on failure the old one stays. */
int nbl_session_configure(struct nbl_session *session, const nibble_options *options,
			  bool is_digesting);
int nbl_session_prompt(struct nbl_session *session, const char *text, size_t bytes);
/* Computes until there is text to read or the answer has ended.
 * Returns 0, -EINTR for a signal, -EAGAIN after one section if may_wait is false. */
int nbl_session_advance(struct nbl_session *session, bool may_wait);
/* Computes what is queued, to its end. Returns 0, -EINTR for a signal, or what a step fails with. */
int nbl_session_compute(struct nbl_session *session);
/* Adds up the likelihoods of a text's tokens, and goes back to where the conversation was. */
int nbl_session_score(struct nbl_session *session, const char *text, size_t bytes, u32 *out_tokens,
		      s64 *out_micro_nats);
int nbl_session_self_test(struct nbl_session *session);
int nbl_session_rewind(struct nbl_session *session, u32 position);
int nbl_session_reset(struct nbl_session *session);
unsigned int nbl_session_count(void);

/* Something that computes, and what it came to. */
struct nbl_errand {
	int (*run)(struct nbl_session *session, struct nbl_errand *errand);
	int result;
	/* Of thread.c. */
	struct nbl_session *session;
	struct kthread_work work;
	struct completion done;
};

/* Gives a new session a thread, if the module's parameter asks for one. */
int nbl_thread_create(struct nbl_session *session);
void nbl_thread_destroy(struct nbl_session *session);
/* Runs it where the session computes; returns its result. */
int nbl_thread_run(struct nbl_session *session, struct nbl_errand *errand);

/* A negative errno for a status of the runtime. */
int nbl_status_errno(nibble_status status);

extern const struct file_operations nbl_device_operations;
long nbl_control_ioctl(struct nbl_session *session, unsigned int command, unsigned long argument);
extern const struct attribute_group *nbl_control_groups[];
/* Points at each text of a list in which a zero byte ends each; texts has NIBBLE_MAX_STOP_TEXTS. */
int nbl_control_split_stop_texts(const char *list, size_t bytes, nibble_text *texts,
				 size_t *out_count);

/* Preemption is off from begin to end. A section ends when the runtime offers it after half of this
 * time, or when another task wants the CPU; what is left is for the work between two offers. */
#define SECTION_GOAL_NS 100000
/* Whether this machine computes with floats at all. */
bool nbl_platform_has_floats(void);
void nbl_section_begin(void);
void nbl_section_end(void);

void nbl_statistics_create(void);
void nbl_statistics_destroy(void);
void nbl_statistics_count_token(void);
void nbl_statistics_count_section(u64 nanoseconds);

/* The memory that the kernel's zstd decoder works in; loads take turns. */
int nbl_zstd_workspace_create(void);
void nbl_zstd_workspace_destroy(void);

#endif
