/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cortexm/entropy.h"

#include <string.h>

#include "engine/base/ct.h"
#include "port/cortexm/clock.h"

/* Moments, rotated over each other; every pool mixes them in. */
static volatile uint32_t moments[2];

void
seal_entropy_stir(void)
{
	const uint32_t before = moments[0];

	moments[0] = (before << 7 | before >> 25) ^ seal_clock_counter();
	moments[1] += moments[0];
}

static void
mix(struct seal_entropy_pool *pool, uint8_t what, struct seal_span more, uint8_t out[SEAL_SHA256_LEN])
{
	const uint32_t words[3] = { moments[0], moments[1], seal_clock_counter() };
	struct seal_sha256 hash;

	seal_sha256_init(&hash);
	seal_sha256_update(&hash, &what, 1);
	seal_sha256_update(&hash, pool->state, sizeof pool->state);
	seal_sha256_update(&hash, (const uint8_t *)words, sizeof words);
	seal_sha256_update(&hash, more.ptr, more.len);
	seal_sha256_final(&hash, out);
	seal_wipe(&hash, sizeof hash);
}

void
seal_entropy_start(struct seal_entropy_pool *pool, struct seal_span seed, uint32_t boots, uint8_t label)
{
	memset(pool, 0, sizeof *pool);
	memcpy(pool->state, &boots, sizeof boots);
	mix(pool, label, seed, pool->state);
}

/* The output reveals nothing of the state, nor the state of earlier output. */
static bool
get(void *ctx, uint8_t *out, size_t len)
{
	struct seal_entropy_pool *pool = ctx;
	uint8_t block[SEAL_SHA256_LEN];

	while (len > 0) {
		const size_t part = len < sizeof block ? len : sizeof block;

		mix(pool, 1, seal_span(NULL, 0), block);
		mix(pool, 2, seal_span(NULL, 0), pool->state);
		memcpy(out, block, part);
		out += part;
		len -= part;
	}
	seal_wipe(block, sizeof block);
	return true;
}

struct seal_entropy
seal_entropy_source(struct seal_entropy_pool *pool)
{
	return (struct seal_entropy){ get, pool };
}
