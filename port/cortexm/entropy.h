/* SPDX-License-Identifier: Apache-2.0
 *
 * entropy.h - octets to seed generators with, on boards that have no source of them.
 *
 *	start -> { source -> seal_random_init ... }, stir now and then
 *
 * The inputs are the device's own secret seed (gateway/image.h), the number of this start where a
 * store counts them, and the moments at which frames came. Without a store two starts can give the
 * same octets until enough frames came: nothing that must never repeat may rely on them.
 */
#ifndef PORT_CORTEXM_ENTROPY_H
#define PORT_CORTEXM_ENTROPY_H

#include "engine/base/sha256.h"
#include "engine/base/span.h"
#include "port/mbedtls/random.h"

/* One for each generator; opaque. Contexts must not share one. */
struct seal_entropy_pool {
	uint8_t state[SEAL_SHA256_LEN];
};

/* `label` distinguishes pools; `boots` is 0 without a store. */
void seal_entropy_start(struct seal_entropy_pool *pool, struct seal_span seed, uint32_t boots, uint8_t label);

struct seal_entropy seal_entropy_source(struct seal_entropy_pool *pool);

/* Something happened at a moment that others cannot know exactly. */
void seal_entropy_stir(void);

#endif
