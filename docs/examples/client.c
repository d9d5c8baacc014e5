// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The calls of /dev/nibble, with errno as what they return. */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int command(int client, unsigned long code, const void *argument)
{
	return ioctl(client, code, argument) < 0 ? -errno : 0;
}

int nibble_client_open(const struct nibble_settings *settings)
{
	int client = open("/dev/nibble", O_RDWR | O_CLOEXEC), error;

	if (client < 0)
		return -errno;
	error = settings ? command(client, NIBBLE_IOC_CONFIGURE, settings) : 0;
	if (!error)
		return client;
	close(client);
	return error;
}

int nibble_client_say(int client, const char *prompt, size_t prompt_bytes)
{
	return write(client, prompt, prompt_bytes) < 0 ? -errno : 0;
}

ssize_t nibble_client_read(int client, char *text, size_t bytes)
{
	ssize_t count = read(client, text, bytes);

	return count < 0 ? -errno : count;
}

int nibble_client_answer(int client, const char *prompt, nibble_client_take *take, void *context)
{
	char text[256];
	ssize_t bytes;
	int result = nibble_client_say(client, prompt, strlen(prompt));

	while (!result && (bytes = nibble_client_read(client, text, sizeof(text))) != 0)
		result = bytes < 0 ? (int)bytes : take(context, text, bytes);
	return result;
}

int nibble_client_score(int client, const char *text, size_t bytes, double *nats)
{
	struct nibble_score score = { .text = (uintptr_t)text, .text_bytes = bytes };
	int error = bytes > UINT32_MAX ? -EMSGSIZE : command(client, NIBBLE_IOC_SCORE, &score);

	if (!error)
		*nats = score.log_likelihood / 1e6;
	return error;
}

int nibble_client_rewind(int client, uint32_t position_tokens)
{
	return command(client, NIBBLE_IOC_REWIND, &position_tokens);
}

int nibble_client_info(int client, struct nibble_info *info)
{
	return command(client, NIBBLE_IOC_INFO, info);
}

int nibble_client_self_test(int client)
{
	int error = command(client, NIBBLE_IOC_RESET, NULL);

	return error ? error : command(client, NIBBLE_IOC_SELF_TEST, NULL);
}

const char *nibble_client_fault(int error)
{
	switch (-error) {
	case ENOENT:
		return "there is no /dev/nibble; load the driver";
	case EACCES:
		return "/dev/nibble belongs to root; ask its owner for access";
	case ENODEV:
		return "no model is loaded; write the name of one to /sys/class/misc/nibble/load";
	case EMFILE:
		return "too many conversations are open; close one, or load the driver with more max_sessions";
	case ENOMEM:
		return "no memory for a conversation; ask for less context, or raise max_session_bytes";
	case EINVAL:
		return "there is no text, a number is out of range, or nothing was said that a text could follow";
	case EMSGSIZE:
		return "the text is longer than the driver or the context takes";
	case ENOSPC:
		return "the context is full; rewind the conversation";
	case EIO:
		return "this machine computes other bits than the one that packed the model; do not use it";
	default:
		return strerror(-error);
	}
}
