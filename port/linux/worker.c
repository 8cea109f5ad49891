/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/worker.h"

#include <pthread.h>

#include "port/contract/port.h"

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t come;
	struct seal_job *first, *last;
	bool stop;
} worker = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.come = PTHREAD_COND_INITIALIZER,
};

void
seal_port_submit(struct seal_job *job)
{
	job->next = NULL;
	job->running = 1;
	pthread_mutex_lock(&worker.lock);
	if (worker.first == NULL)
		worker.first = job;
	else
		worker.last->next = job;
	worker.last = job;
	pthread_cond_signal(&worker.come);
	pthread_mutex_unlock(&worker.lock);
}

/* The next job, or NULL when it is time to stop. */
static struct seal_job *
wait_for_job(void)
{
	struct seal_job *job = NULL;

	pthread_mutex_lock(&worker.lock);
	while (worker.first == NULL && !worker.stop)
		pthread_cond_wait(&worker.come, &worker.lock);
	if (!worker.stop) {
		job = worker.first;
		worker.first = job->next;
	}
	pthread_mutex_unlock(&worker.lock);
	return job;
}

static void *
worker_main(void *ctx)
{
	struct seal_job *job;

	while ((job = wait_for_job()) != NULL) {
		seal_job_do(job);
		seal_port_wake();
	}
	return ctx;
}

int
seal_worker_start(void)
{
	return pthread_create(&worker.thread, NULL, worker_main, NULL);
}

void
seal_worker_stop(void)
{
	pthread_mutex_lock(&worker.lock);
	worker.stop = true;
	pthread_cond_signal(&worker.come);
	pthread_mutex_unlock(&worker.lock);
	pthread_join(worker.thread, NULL);
}
