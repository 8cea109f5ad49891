/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/signing.h"

#include "port/contract/port.h"
#include "port/cortexm/registers.h"
#include "port/cortexm/sizes.h"
#include "port/cortexm/start.h"
#include "port/mbedtls/arena.h"

/* What the network's generator needs from the arena. */
#define GENERATOR 384u

static struct {
	struct seal_key_worker worker;
	struct seal_key_job *first, *last;      /* signatures, which go before the others */
	struct seal_job *first_job, *last_job;
	volatile bool busy;
	const struct seal_tls *shares;          /* the arena, which cannot hold both; or NULL  */
} signing;

/* The last of its memory: board/sections.ld. */
__attribute__((section(".arena")))
static uint8_t arena[SEAL_KEY_ARENA(SEAL_KEY_BITS) + GENERATOR + SEAL_TLS_ARENA];

enum seal_key_fault
seal_signing_start(struct seal_entropy entropy, bool for_tls)
{
	const size_t more = for_tls ? seal_ram_take(arena + sizeof arena) : 0;

	seal_arena_init(arena, sizeof arena + more, (struct seal_arena_lock){ 0 });
	return seal_key_worker_init(&signing.worker, entropy, SEAL_KEY_WIPE);
}

static bool
get_random(void *ctx, uint8_t *out, size_t len)
{
	return seal_random_bytes(ctx, out, len) == SEAL_OK;
}

struct seal_tls_random
seal_signing_random(void)
{
	return (struct seal_tls_random){ get_random, &signing.worker.random };
}

struct seal_random *
seal_signing_generator(void)
{
	return &signing.worker.random;
}

/* Thread mode cannot interrupt this. */
static bool
submit(void *ctx, struct seal_key_job *job)
{
	(void)ctx;
	job->next = NULL;
	if (signing.first == NULL)
		signing.first = job;
	else
		signing.last->next = job;
	signing.last = job;
	signing.busy = true;
	return true;
}

struct seal_key_runner
seal_signing_runner(void)
{
	return (struct seal_key_runner){ submit, NULL };
}

/* Thread mode cannot interrupt this. */
void
seal_port_submit(struct seal_job *job)
{
	job->next = NULL;
	job->running = 1;
	if (signing.first_job == NULL)
		signing.first_job = job;
	else
		signing.last_job->next = job;
	signing.last_job = job;
	signing.busy = true;
}

void
seal_signing_shares_with(const struct seal_tls *tls)
{
	signing.shares = tls;
}

/* A handshake needs most of the arena, until it has succeeded or everything was given back. */
static bool
is_arena_taken(void)
{
	const struct seal_tls *t = signing.shares;

	return t != NULL && t->ssl != NULL && seal_tls_state(t) != SEAL_TLS_OPEN &&
	       seal_tls_state(t) != SEAL_TLS_ENDED_BY_PEER;
}

/* The next job: a signature, else another job, else nothing. This is called again after each job,
 * so a signature that waits for a handshake comes right after its last job. */
static void
take(struct seal_key_job **key_job, struct seal_job **job)
{
	const uint32_t before = seal_mask_interrupts();

	*key_job = is_arena_taken() ? NULL : signing.first;
	*job = *key_job == NULL ? signing.first_job : NULL;
	if (*key_job != NULL)
		signing.first = (*key_job)->next;
	if (*job != NULL)
		signing.first_job = (*job)->next;
	signing.busy = *key_job != NULL || *job != NULL;
	seal_restore_interrupts(before);
}

bool
seal_signing_do(void)
{
	struct seal_key_job *key_job;
	struct seal_job *job;

	take(&key_job, &job);
	if (key_job != NULL)
		seal_key_worker_do(&signing.worker, key_job);
	else if (job != NULL)
		seal_job_do(job);
	else
		return false;
	seal_port_wake();
	return true;
}

bool
seal_signing_busy(void)
{
	return signing.busy;
}
