/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake_spool.h"

#include <string.h>

static struct fake_spool *
self(struct seal_spool *spool)
{
	return (struct fake_spool *)spool;
}

/* True when this operation is the one that fails. */
static bool
fails(struct fake_spool *s)
{
	return ++s->num_ops == s->fail_at;
}

static bool
waits(struct fake_spool *s)
{
	if (s->num_pending++ < s->pending)
		return true;
	s->num_pending = 0;
	return false;
}

static enum seal_status
open_slot(struct seal_spool *spool, uint64_t size, uint32_t *slot)
{
	struct fake_spool *s = self(spool);

	(void)size;
	if (fails(s) && !s->flip)
		return s->how;
	if (s->num_open > 0)
		return SEAL_E_LIMIT;
	s->num_open++;
	s->len = 0;
	*slot = 7;
	return SEAL_OK;
}

static size_t
room(struct seal_spool *spool, uint32_t slot)
{
	struct fake_spool *s = self(spool);

	(void)slot;
	if (s->no_room_each > 0 && ++s->num_rooms % s->no_room_each == 0)
		return 0;
	return s->room;
}

static enum seal_status
append(struct seal_spool *spool, uint32_t slot, const uint8_t *data, size_t len)
{
	struct fake_spool *s = self(spool);

	(void)slot;
	if (fails(s) && !s->flip)
		return s->how;
	if (len > sizeof s->content - s->len)
		return SEAL_E_LIMIT;
	memcpy(s->content + s->len, data, len);
	s->len += len;
	return SEAL_OK;
}

static enum seal_status
rewind_slot(struct seal_spool *spool, uint32_t slot)
{
	struct fake_spool *s = self(spool);

	(void)slot;
	if (waits(s))
		return SEAL_PENDING;
	if (fails(s) && !s->flip)
		return s->how;
	s->read_at = 0;
	return SEAL_OK;
}

static enum seal_status
read_piece(struct seal_spool *spool, uint32_t slot, struct seal_span *piece)
{
	struct fake_spool *s = self(spool);
	const size_t left = s->len - s->read_at;

	(void)slot;
	if (waits(s))
		return SEAL_PENDING;
	if (fails(s)) {
		if (!s->flip)
			return s->how;
		if (left > 0)
			s->content[s->read_at] ^= 1u;
	}
	*piece = seal_span(s->content + s->read_at, left < s->piece ? left : s->piece);
	s->read_at += piece->len;
	return SEAL_OK;
}

static void
close_slot(struct seal_spool *spool, uint32_t slot)
{
	(void)slot;
	self(spool)->num_open--;
}

static uint64_t
capacity(struct seal_spool *spool)
{
	(void)spool;
	return FAKE_SPOOL_SIZE;
}

void
fake_spool_init(struct fake_spool *s)
{
	static const struct seal_spool_ops OPS = {
		open_slot, room, append, rewind_slot, read_piece, close_slot, capacity
	};

	memset(s, 0, sizeof *s);
	s->spool.ops = &OPS;
	s->room = SIZE_MAX;
	s->piece = SIZE_MAX;
	s->how = SEAL_E_SPOOL;
}
