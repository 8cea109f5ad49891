/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dkim/body_hash.h"

static void
hash_body_run(void *ctx, const uint8_t *ptr, size_t len)
{
	struct seal_sha256 *hash = ctx;

	seal_sha256_update(hash, ptr, len);
}

static struct seal_sink
lane_sink(struct seal_body_lane *lane)
{
	return (struct seal_sink){ hash_body_run, &lane->hash };
}

void
seal_body_hash_init(struct seal_body_hash *b, bool simple, bool relaxed)
{
	b->lane[SEAL_CANON_SIMPLE].wanted = simple;
	b->lane[SEAL_CANON_RELAXED].wanted = relaxed;
	for (unsigned mode = SEAL_CANON_SIMPLE; mode <= SEAL_CANON_RELAXED; mode++) {
		seal_canon_body_init(&b->lane[mode].canon, (enum seal_canon)mode);
		seal_sha256_init(&b->lane[mode].hash);
	}
}

enum seal_status
seal_body_hash_update(struct seal_body_hash *b, const uint8_t *data, size_t len)
{
	enum seal_status status = SEAL_OK;

	for (unsigned mode = SEAL_CANON_SIMPLE; mode <= SEAL_CANON_RELAXED && status == SEAL_OK; mode++) {
		struct seal_body_lane *lane = &b->lane[mode];

		if (lane->wanted)
			status = seal_canon_body_update(&lane->canon, lane_sink(lane), data, len);
	}
	return status;
}

enum seal_status
seal_body_hash_final(struct seal_body_hash *b)
{
	enum seal_status status = SEAL_OK;

	for (unsigned mode = SEAL_CANON_SIMPLE; mode <= SEAL_CANON_RELAXED && status == SEAL_OK; mode++) {
		struct seal_body_lane *lane = &b->lane[mode];

		if (!lane->wanted)
			continue;
		status = seal_canon_body_finish(&lane->canon, lane_sink(lane));
		seal_sha256_final(&lane->hash, lane->digest);
	}
	return status;
}

const uint8_t *
seal_body_hash_digest(const struct seal_body_hash *b, enum seal_canon mode)
{
	return b->lane[mode].wanted ? b->lane[mode].digest : NULL;
}
