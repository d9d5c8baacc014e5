// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The file /dev/nibble: write a prompt, read the answer. */
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "glue.h"

#define PROMPT_MAX_BYTES (64 * 1024)

static int device_open(struct inode *inode, struct file *file)
{
	struct nbl_session *session = nbl_session_create(NULL, false);

	if (IS_ERR(session))
		return PTR_ERR(session);
	file->private_data = session;
	return stream_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	nbl_session_destroy(file->private_data);
	return 0;
}

static int lock(struct nbl_session *session, struct file *file)
{
	if (!(file->f_flags & O_NONBLOCK))
		return mutex_lock_interruptible(&session->lock) ? -ERESTARTSYS : 0;
	return mutex_trylock(&session->lock) ? 0 : -EAGAIN;
}

/* One call, one prompt. The newline that echo appends is not part of it. */
static ssize_t device_write(struct file *file, const char __user *from, size_t bytes,
			    loff_t *position)
{
	struct nbl_session *session = file->private_data;
	size_t prompt_bytes = bytes;
	char *text;
	int error;

	if (bytes > PROMPT_MAX_BYTES)
		return -EMSGSIZE;
	text = memdup_user(from, bytes);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (prompt_bytes && text[prompt_bytes - 1] == '\n')
		--prompt_bytes;
	error = lock(session, file);
	if (!error) {
		error = prompt_bytes ? nbl_session_prompt(session, text, prompt_bytes) : -EINVAL;
		mutex_unlock(&session->lock);
	}
	kfree(text);
	return error ? error : bytes;
}

static ssize_t read_description(struct nbl_session *session, char __user *to, size_t bytes)
{
	char text[256];
	int length = scnprintf(text, sizeof(text),
			       "%s: %u tokens of context, identity %*phN\n"
			       "Write a prompt to this file, then read the answer.\n",
			       session->model->name, session->context_tokens,
			       NIBBLE_SHA256_BYTES, session->model->identity);

	return simple_read_from_buffer(to, bytes, &session->description_read, text, length);
}

static ssize_t read_answer(struct nbl_session *session, char __user *to, size_t bytes, bool may_wait)
{
	int error = nbl_session_advance(session, may_wait);

	if (error)
		return error;
	bytes = min(bytes, session->text_bytes);
	if (copy_to_user(to, session->text, bytes))
		return -EFAULT;
	session->text += bytes;
	session->text_bytes -= bytes;
	return bytes;
}

static ssize_t device_read(struct file *file, char __user *to, size_t bytes, loff_t *position)
{
	struct nbl_session *session = file->private_data;
	ssize_t result;

	if (!bytes)
		return 0;
	result = lock(session, file);
	if (result)
		return result;
	if (session->state == SESSION_FRESH)
		result = read_description(session, to, bytes);
	else
		result = read_answer(session, to, bytes, !(file->f_flags & O_NONBLOCK));
	mutex_unlock(&session->lock);
	return result == -EINTR ? -ERESTARTSYS : result;
}

/* Whoever reads computes, so reading always makes progress. */
static __poll_t device_poll(struct file *file, poll_table *table)
{
	return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct nbl_session *session = file->private_data;
	long result = lock(session, file);

	if (result)
		return result;
	result = nbl_control_ioctl(session, command, argument);
	mutex_unlock(&session->lock);
	return result;
}

const struct file_operations nbl_device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.read = device_read,
	.write = device_write,
	.poll = device_poll,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = no_llseek,
};
