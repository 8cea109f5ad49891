/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/signing.h"

#include "port/cortexm/registers.h"
#include "port/cortexm/sizes.h"
#include "port/mbedtls/arena.h"
#include "port/port.h"

/* What the network's generator takes of the arena. */
#define GENERATOR 384u

static struct {
	struct seal_rsa_worker worker;
	struct seal_key_job *first, *last;
	volatile bool busy;
} signing;

/* On a board with a second memory, it is in that. */
__attribute__((section(".bulk.arena")))
static uint8_t arena[SEAL_RSA_ARENA(SEAL_KEY_BITS) + GENERATOR];

enum seal_rsa_fault
seal_signing_start(struct seal_entropy entropy)
{
	seal_arena_init(arena, sizeof arena, (struct seal_arena_lock){ 0 });
	return seal_rsa_worker_init(&signing.worker, entropy, SEAL_RSA_WIPE);
}

/* Thread mode never interrupts this. */
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

struct seal_rsa_runner
seal_signing_runner(void)
{
	return (struct seal_rsa_runner){ submit, NULL };
}

static struct seal_key_job *
take(void)
{
	const uint32_t before = seal_mask_interrupts();
	struct seal_key_job *job = signing.first;

	if (job != NULL)
		signing.first = job->next;
	signing.busy = job != NULL;
	seal_restore_interrupts(before);
	return job;
}

bool
seal_signing_do(void)
{
	struct seal_key_job *job = take();

	if (job == NULL)
		return false;
	seal_rsa_worker_do(&signing.worker, job);
	seal_port_wake();
	return true;
}

bool
seal_signing_busy(void)
{
	return signing.busy;
}
