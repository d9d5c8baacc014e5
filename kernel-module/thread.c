// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Where a session computes: in its caller, or in a thread of its own, which may have a priority and
 * CPUs of its own. Either way one thing is computed at a time, and the caller waits for it. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "glue.h"

static bool thread;
module_param(thread, bool, 0644);
MODULE_PARM_DESC(thread, "New sessions compute in a kernel thread of their own (default N)");

int nbl_thread_create(struct nbl_session *session)
{
	struct kthread_worker *worker;

	if (!READ_ONCE(thread))
		return 0;
	worker = kthread_create_worker(0, "nibble/%d", task_pid_nr(current));
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	session->worker = worker;
	return 0;
}

void nbl_thread_destroy(struct nbl_session *session)
{
	if (session->worker)
		kthread_destroy_worker(session->worker);
}

static void run_errand(struct kthread_work *work)
{
	struct nbl_errand *errand = container_of(work, struct nbl_errand, work);

	errand->result = errand->run(errand->session, errand);
	complete(&errand->done);
}

/* A signal makes the thread stop after its step, so the caller, whose stack the errand is on, need
 * not wait for longer than that. */
int nbl_thread_run(struct nbl_session *session, struct nbl_errand *errand)
{
	if (!session->worker)
		return errand->run(session, errand);
	errand->session = session;
	init_completion(&errand->done);
	kthread_init_work(&errand->work, run_errand);
	kthread_queue_work(session->worker, &errand->work);
	if (wait_for_completion_interruptible(&errand->done)) {
		WRITE_ONCE(session->is_interrupted, true);
		wait_for_completion(&errand->done);
		WRITE_ONCE(session->is_interrupted, false);
	}
	return errand->result;
}
