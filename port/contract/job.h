/* SPDX-License-Identifier: Apache-2.0
 *
 * job.h - work that takes too long for the network context.
 *
 * The owner fills in a job and passes it to seal_port_submit (port.h). It runs once, in the
 * worker's context: thread mode on a board, a thread on Linux. Jobs run one after another.
 * Then the network context is woken and finds seal_job_is_done. Until then the job, and
 * what it works on, belong to the worker: the owner neither reads nor moves them.
 */
#ifndef PORT_CONTRACT_JOB_H
#define PORT_CONTRACT_JOB_H

#include <stdbool.h>
#include <stdint.h>

struct seal_job {
	void (*run)(struct seal_job *job);
	struct seal_job *next;      /* the queue's                          */
	volatile uint32_t running;  /* from submit until the worker is done */
};

/* For a port: do the job, in the worker's context. A context that finds it done sees all that
 * the worker wrote (release, acquire). */
static inline void
seal_job_do(struct seal_job *job)
{
	job->run(job);
	__atomic_store_n(&job->running, 0u, __ATOMIC_RELEASE);
}

static inline bool
seal_job_is_done(const struct seal_job *job)
{
	return __atomic_load_n(&job->running, __ATOMIC_ACQUIRE) == 0;
}

#endif
