/* SPDX-License-Identifier: Apache-2.0 */
#include "port/linux/signers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "port/contract/port.h"
#include "port/mbedtls/arena.h"

struct signer {
	pthread_t thread;
	struct seal_key_worker worker;
};

static struct {
	pthread_mutex_t arena_lock;
	pthread_mutex_t lock;       /* of all below */
	pthread_cond_t come;
	struct seal_key_job *first, *last;
	bool stop;
	unsigned num;
	struct signer signers[SEAL_SIGNERS_MAX];
	uint8_t *arena;
} pool = {
	.arena_lock = PTHREAD_MUTEX_INITIALIZER,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.come = PTHREAD_COND_INITIALIZER,
};

static void
lock_arena(void *ctx)
{
	pthread_mutex_lock(ctx);
}

static void
unlock_arena(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

static bool
entropy(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	return getrandom(out, len, 0) == (ssize_t)len;
}

static bool
submit(void *ctx, struct seal_key_job *job)
{
	(void)ctx;
	job->next = NULL;
	pthread_mutex_lock(&pool.lock);
	if (pool.first == NULL)
		pool.first = job;
	else
		pool.last->next = job;
	pool.last = job;
	pthread_cond_signal(&pool.come);
	pthread_mutex_unlock(&pool.lock);
	return true;
}

/* The next job, or NULL when it is time to stop. */
static struct seal_key_job *
wait_for_key_job(void)
{
	struct seal_key_job *job = NULL;

	pthread_mutex_lock(&pool.lock);
	while (pool.first == NULL && !pool.stop)
		pthread_cond_wait(&pool.come, &pool.lock);
	if (!pool.stop) {
		job = pool.first;
		pool.first = job->next;
	}
	pthread_mutex_unlock(&pool.lock);
	return job;
}

static void *
signer_main(void *ctx)
{
	struct signer *signer = ctx;
	struct seal_key_job *job;

	while ((job = wait_for_key_job()) != NULL) {
		seal_key_worker_do(&signer->worker, job);
		seal_port_wake();
	}
	return NULL;
}

static int
start_one(struct signer *signer)
{
	const struct seal_entropy source = { entropy, NULL };

	if (seal_key_worker_init(&signer->worker, source, SEAL_KEY_KEEP) != SEAL_KEY_FINE)
		return ENOMEM;
	return pthread_create(&signer->thread, NULL, signer_main, signer);
}

int
seal_signers_start(unsigned num, size_t more)
{
	const size_t arena_len = (size_t)(num + 1u) * SEAL_KEY_ARENA(SEAL_KEY_BITS_MAX) + more;
	const struct seal_arena_lock lock = { lock_arena, unlock_arena, &pool.arena_lock };
	int error = 0;

	pool.arena = calloc(1, arena_len);
	if (pool.arena == NULL)
		return ENOMEM;
	seal_arena_init(pool.arena, arena_len, lock);
	while (error == 0 && pool.num < num) {
		error = start_one(&pool.signers[pool.num]);
		if (error == 0)
			pool.num++;
	}
	return error;
}

struct seal_key_runner
seal_signers_runner(void)
{
	return (struct seal_key_runner){ submit, NULL };
}

void
seal_signers_stop(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.stop = true;
	pthread_cond_broadcast(&pool.come);
	pthread_mutex_unlock(&pool.lock);
	for (unsigned i = 0; i < pool.num; i++) {
		pthread_join(pool.signers[i].thread, NULL);
		seal_key_worker_release(&pool.signers[i].worker);
	}
	free(pool.arena);
}
