// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Logs what the model says of each PCI device: an example of linux/nibble_session.h. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/nibble_session.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#define ANSWER_BYTES 160

static void read_answer(struct nbl_session *session, char *answer)
{
	size_t length = 0;
	ssize_t bytes = 1;

	while (bytes > 0 && length < ANSWER_BYTES - 1) {
		bytes = nibble_session_next(session, answer + length, ANSWER_BYTES - 1 - length);
		length += max_t(ssize_t, bytes, 0);
	}
	answer[length] = '\0';
}

static int explain(struct pci_dev *device)
{
	struct nbl_session *session = nibble_session_open();
	char prompt[40], answer[ANSWER_BYTES];
	int error;

	if (IS_ERR(session))
		return PTR_ERR(session);
	scnprintf(prompt, sizeof(prompt), "PCI device %04x:%04x is", device->vendor,
		  device->device);
	error = nibble_session_prompt(session, prompt, strlen(prompt));
	if (!error) {
		read_answer(session, answer);
		pci_info(device, "%s%s\n", prompt, answer);
	}
	nibble_session_close(session);
	return error;
}

/* Generating takes too long for a probe function: devices are explained one after another here. */
static void explain_all(struct work_struct *work)
{
	struct pci_dev *device = NULL;

	while ((device = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, device)))
		if (explain(device))
			break;
	pci_dev_put(device);
}
static DECLARE_WORK(explain_work, explain_all);

static int __init pci_explain_init(void)
{
	queue_work(system_unbound_wq, &explain_work);
	return 0;
}

static void __exit pci_explain_exit(void)
{
	cancel_work_sync(&explain_work);
}

module_init(pci_explain_init);
module_exit(pci_explain_exit);
MODULE_DESCRIPTION("What a language model says of PCI devices");
MODULE_AUTHOR("The Nibble authors");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_SOFTDEP("pre: nibble");
