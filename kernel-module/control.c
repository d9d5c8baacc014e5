// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What is asked of a conversation by ioctl, and of the module by sysfs. */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "glue.h"

#define STOP_TEXTS_MAX_BYTES 1024
#define SCORE_MAX_BYTES 4096

static long get_info(struct nbl_session *session, void __user *to, size_t bytes)
{
	struct nibble_info info = {
		.vocabulary = session->model->vocabulary,
		.context_tokens = session->context_tokens,
		.model_bytes = session->model->arena_bytes + session->model->blob_bytes,
		.session_bytes = session->arena_bytes,
	};
	const char *kernels;

	strscpy(info.model, session->model->name, sizeof(info.model));
	nibble_kernels_name(session->session, &kernels);
	strscpy(info.kernels, kernels, sizeof(info.kernels));
	if (session->is_digesting) {
		nibble_digest so_far = session->digest;

		nibble_digest_finish(&so_far, info.logits_sha256);
	}
	memcpy(info.identity, session->model->identity, sizeof(info.identity));
	nibble_position(session->session, &info.position_tokens);
	if (bytes > sizeof(info) && clear_user(to + sizeof(info), bytes - sizeof(info)))
		return -EFAULT;
	return copy_to_user(to, &info, min(bytes, sizeof(info))) ? -EFAULT : 0;
}

int nbl_control_split_stop_texts(const char *list, size_t bytes, nibble_text *texts,
				 size_t *out_count)
{
	size_t count = 0;

	if (bytes && list[bytes - 1])
		return -EINVAL;
	for (size_t i = 0; i < bytes; i += texts[count++].bytes + 1) {
		if (count == NIBBLE_MAX_STOP_TEXTS)
			return -EINVAL;
		texts[count].text = list + i;
		texts[count].bytes = strlen(list + i);
	}
	*out_count = count;
	return 0;
}

static long configure(struct nbl_session *session, const struct nibble_settings *settings)
{
	nibble_text texts[NIBBLE_MAX_STOP_TEXTS];
	nibble_options options = {
		.struct_bytes = sizeof(options),
		.context_tokens = settings->context_tokens,
		.temperature_milli = settings->temperature_milli,
		.top_k = settings->top_k,
		.top_p_milli = settings->top_p_milli,
		.min_p_milli = settings->min_p_milli,
		.repeat_penalty_milli = settings->repeat_penalty_milli,
		.repeat_window_tokens = settings->repeat_window_tokens,
		.seed = settings->seed,
		.max_tokens = settings->max_tokens,
		.stop_texts = texts,
	};
	char *list = NULL;
	long error;

	if (settings->flags & ~NIBBLE_DIGEST_LOGITS || settings->reserved ||
	    settings->stop_bytes > STOP_TEXTS_MAX_BYTES)
		return -EINVAL;
	if (settings->stop_bytes) {
		list = memdup_user(u64_to_user_ptr(settings->stop_texts), settings->stop_bytes);
		if (IS_ERR(list))
			return PTR_ERR(list);
	}
	error = nbl_control_split_stop_texts(list, settings->stop_bytes, texts,
					     &options.stop_text_count);
	if (!error)
		error = nbl_session_configure(session, &options,
					      settings->flags & NIBBLE_DIGEST_LOGITS);
	kfree(list);
	return error;
}

static long copy_and_configure(struct nbl_session *session, const void __user *from, size_t bytes)
{
	struct nibble_settings settings;
	int error = copy_struct_from_user(&settings, sizeof(settings), from, bytes);

	return error ? error : configure(session, &settings);
}

static long rewind_to(struct nbl_session *session, const u32 __user *from)
{
	u32 position;

	return get_user(position, from) ? -EFAULT : nbl_session_rewind(session, position);
}

static long score(struct nbl_session *session, void __user *memory, size_t bytes)
{
	struct nibble_score score;
	char *text;
	int error = copy_struct_from_user(&score, sizeof(score), memory, bytes);

	if (error)
		return error;
	if (bytes < sizeof(score) || !score.text_bytes || score.text_bytes > SCORE_MAX_BYTES)
		return -EINVAL;
	text = memdup_user(u64_to_user_ptr(score.text), score.text_bytes);
	if (IS_ERR(text))
		return PTR_ERR(text);
	error = nbl_session_score(session, text, score.text_bytes, &score.tokens,
				  &score.log_likelihood);
	kfree(text);
	if (error)
		return error;
	return copy_to_user(memory, &score, sizeof(score)) ? -EFAULT : 0;
}

/* The number without the size of the caller's struct, which may be older or newer than ours. */
#define COMMAND(number) ((number) & ~(_IOC_SIZEMASK << _IOC_SIZESHIFT))

long nbl_control_ioctl(struct nbl_session *session, unsigned int command, unsigned long argument)
{
	void __user *memory = (void __user *)argument;
	size_t bytes = _IOC_SIZE(command);

	switch (command) {
	case NIBBLE_IOC_RESET:
		return nbl_session_reset(session);
	case NIBBLE_IOC_REWIND:
		return rewind_to(session, memory);
	case NIBBLE_IOC_SELF_TEST:
		return nbl_session_self_test(session);
	}
	if (bytes == 0)
		return -ENOTTY;
	switch (COMMAND(command)) {
	case COMMAND(NIBBLE_IOC_INFO):
		return get_info(session, memory, bytes);
	case COMMAND(NIBBLE_IOC_CONFIGURE):
		return copy_and_configure(session, memory, bytes);
	case COMMAND(NIBBLE_IOC_SCORE):
		return score(session, memory, bytes);
	}
	return -ENOTTY;
}

/* ---- sysfs: /sys/class/misc/nibble/ ---- */

static ssize_t name_show(struct device *device, struct device_attribute *attribute, char *to)
{
	struct nbl_model *model = nbl_model_get();
	ssize_t bytes;

	if (!model)
		return -ENODEV;
	bytes = sysfs_emit(to, "%s\n", model->name);
	nbl_model_put(model);
	return bytes;
}
static DEVICE_ATTR_RO(name);

static ssize_t identity_show(struct device *device, struct device_attribute *attribute, char *to)
{
	struct nbl_model *model = nbl_model_get();
	ssize_t bytes;

	if (!model)
		return -ENODEV;
	bytes = sysfs_emit(to, "%*phN\n", NIBBLE_SHA256_BYTES, model->identity);
	nbl_model_put(model);
	return bytes;
}
static DEVICE_ATTR_RO(identity);

static ssize_t model_bytes_show(struct device *device, struct device_attribute *attribute, char *to)
{
	struct nbl_model *model = nbl_model_get();
	ssize_t bytes = sysfs_emit(to, "%zu\n", model ? model->arena_bytes + model->blob_bytes : 0);

	if (model)
		nbl_model_put(model);
	return bytes;
}
static DEVICE_ATTR_RO(model_bytes);

static ssize_t sessions_show(struct device *device, struct device_attribute *attribute, char *to)
{
	return sysfs_emit(to, "%u\n", nbl_session_count());
}
static DEVICE_ATTR_RO(sessions);

/* A firmware file's name: new sessions get that model, old ones keep theirs. */
static ssize_t load_store(struct device *device, struct device_attribute *attribute,
			  const char *from, size_t bytes)
{
	char *name = kstrndup(from, bytes, GFP_KERNEL);
	int error;

	if (!name)
		return -ENOMEM;
	error = nbl_model_replace(strim(name), device);
	kfree(name);
	return error ? error : bytes;
}
static DEVICE_ATTR_WO(load);

static struct attribute *control_attributes[] = {
	&dev_attr_name.attr,	 &dev_attr_identity.attr, &dev_attr_model_bytes.attr,
	&dev_attr_sessions.attr, &dev_attr_load.attr,	  NULL,
};
static const struct attribute_group control_group = { .attrs = control_attributes };
const struct attribute_group *nbl_control_groups[] = { &control_group, NULL };
