/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/gateway/held.h"

#include "engine/base/crc32.h"

static enum seal_status
noted(struct seal_held *h, enum seal_status status)
{
	h->failed |= status != SEAL_OK && status != SEAL_PENDING && status != SEAL_E_LIMIT;
	return status;
}

enum seal_status
seal_held_open(struct seal_held *h, struct seal_spool *spool, uint64_t size)
{
	enum seal_status status;

	*h = (struct seal_held){ .open = false };
	status = spool->ops->open(spool, size, &h->slot);
	h->open = status == SEAL_OK;
	return noted(h, status == SEAL_PENDING ? SEAL_E_SPOOL : status);
}

size_t
seal_held_room(const struct seal_held *h, struct seal_spool *spool)
{
	return spool->ops->room(spool, h->slot);
}

enum seal_status
seal_held_append(struct seal_held *h, struct seal_spool *spool, struct seal_span run)
{
	const enum seal_status status = spool->ops->append(spool, h->slot, run.ptr, run.len);

	if (status == SEAL_OK) {
		h->written += run.len;
		h->written_crc = seal_crc32(h->written_crc, run.ptr, run.len);
	}
	return noted(h, status);
}

enum seal_status
seal_held_rewind(struct seal_held *h, struct seal_spool *spool)
{
	h->replayed = 0;
	h->replayed_crc = 0;
	return noted(h, spool->ops->rewind(spool, h->slot));
}

enum seal_status
seal_held_next(struct seal_held *h, struct seal_spool *spool, struct seal_span *piece)
{
	const enum seal_status status = spool->ops->read(spool, h->slot, piece);

	if (status == SEAL_OK) {
		h->replayed += piece->len;
		h->replayed_crc = seal_crc32(h->replayed_crc, piece->ptr, piece->len);
	}
	return noted(h, status);
}

bool
seal_held_is_intact(const struct seal_held *h)
{
	return h->replayed == h->written && h->replayed_crc == h->written_crc;
}

void
seal_held_close(struct seal_held *h, struct seal_spool *spool)
{
	if (h->open)
		spool->ops->close(spool, h->slot);
	h->open = false;
}
