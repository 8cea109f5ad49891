/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/spool_ram.h"

#include <string.h>

#define NONE UINT32_MAX

static struct seal_spool_ram *
ram_of(struct seal_spool *spool)
{
	return (struct seal_spool_ram *)(void *)spool;
}

static uint8_t *
block(const struct seal_spool_ram *s, uint32_t i)
{
	return s->blocks + (size_t)i * s->block_size;
}

/* Blocks for `size` octets; more than exist if the number overflows. */
static uint32_t
blocks_for(const struct seal_spool_ram *s, uint64_t size)
{
	const uint64_t num = size / s->block_size + (size % s->block_size > 0 ? 1u : 0u);

	return num < NONE ? (uint32_t)num : NONE;
}

static uint32_t
unused_reservation(const struct seal_spool_ram_slot *slot)
{
	return slot->num_reserved > slot->num_blocks ? slot->num_reserved - slot->num_blocks : 0;
}

static enum seal_status
ram_open(struct seal_spool *spool, uint64_t size, uint32_t *slot)
{
	struct seal_spool_ram *s = ram_of(spool);
	const uint32_t reserved = blocks_for(s, size);
	uint32_t i = 0;

	while (i < s->num_slots && s->slots[i].open)
		i++;
	if (i == s->num_slots || reserved > s->num_free - s->num_promised || s->num_free == 0)
		return SEAL_E_LIMIT;
	s->slots[i] = (struct seal_spool_ram_slot){
		.first = NONE, .last = NONE, .at = NONE, .num_reserved = reserved, .open = true,
	};
	s->num_promised += reserved;
	*slot = i;
	return SEAL_OK;
}

/* Add a block to the end of the slot's chain; false: none is left for it. */
static bool
grow(struct seal_spool_ram *s, struct seal_spool_ram_slot *slot)
{
	const uint32_t i = s->free;

	if (unused_reservation(slot) > 0)
		s->num_promised--;
	else if (s->num_free == s->num_promised)
		return false;
	s->free = s->next[i];
	s->num_free--;
	s->next[i] = NONE;
	if (slot->last == NONE)
		slot->first = i;
	else
		s->next[slot->last] = i;
	slot->last = i;
	slot->last_len = 0;
	slot->num_blocks++;
	return true;
}

/* Memory is always ready: append refuses what does not fit. */
static size_t
ram_room(struct seal_spool *spool, uint32_t slot)
{
	(void)spool;
	(void)slot;
	return SIZE_MAX;
}

static enum seal_status
ram_append(struct seal_spool *spool, uint32_t slot_, const uint8_t *data, size_t len)
{
	struct seal_spool_ram *s = ram_of(spool);
	struct seal_spool_ram_slot *slot = &s->slots[slot_];

	while (len > 0) {
		size_t part;

		if ((slot->last == NONE || slot->last_len == s->block_size) && !grow(s, slot))
			return SEAL_E_LIMIT;
		part = s->block_size - slot->last_len;
		if (part > len)
			part = len;
		memcpy(block(s, slot->last) + slot->last_len, data, part);
		slot->last_len += (uint32_t)part;
		data += part;
		len -= part;
	}
	return SEAL_OK;
}

static enum seal_status
ram_rewind(struct seal_spool *spool, uint32_t slot_)
{
	struct seal_spool_ram_slot *slot = &ram_of(spool)->slots[slot_];

	slot->at = slot->first;
	return SEAL_OK;
}

static enum seal_status
ram_read(struct seal_spool *spool, uint32_t slot_, struct seal_span *piece)
{
	struct seal_spool_ram *s = ram_of(spool);
	struct seal_spool_ram_slot *slot = &s->slots[slot_];

	*piece = seal_span(NULL, 0);
	if (slot->at == NONE)
		return SEAL_OK;
	*piece = seal_span(block(s, slot->at), slot->at == slot->last ? slot->last_len : s->block_size);
	slot->at = s->next[slot->at];
	return SEAL_OK;
}

static void
ram_close(struct seal_spool *spool, uint32_t slot_)
{
	struct seal_spool_ram *s = ram_of(spool);
	struct seal_spool_ram_slot *slot = &s->slots[slot_];

	s->num_promised -= unused_reservation(slot);
	for (uint32_t i = slot->first; i != NONE; i = s->next[i])
		memset(block(s, i), 0, i == slot->last ? slot->last_len : s->block_size);
	if (slot->last != NONE) {
		s->next[slot->last] = s->free;
		s->free = slot->first;
		s->num_free += slot->num_blocks;
	}
	slot->open = false;
}

static uint64_t
ram_capacity(struct seal_spool *spool)
{
	const struct seal_spool_ram *s = ram_of(spool);

	return (uint64_t)s->num_blocks * s->block_size;
}

static const struct seal_spool_ops OPS = {
	.open = ram_open,
	.room = ram_room,
	.append = ram_append,
	.rewind = ram_rewind,
	.read = ram_read,
	.close = ram_close,
	.capacity = ram_capacity,
};

uint64_t
seal_spool_ram_init(struct seal_spool_ram *s, uint8_t *memory, size_t len, uint32_t block_size,
                    struct seal_spool_ram_slot *slots, uint32_t num_slots)
{
	const size_t skip = (sizeof *s->next - (uintptr_t)memory % sizeof *s->next) % sizeof *s->next;
	const size_t usable = len > skip ? len - skip : 0;
	const size_t num = usable / ((size_t)block_size + sizeof *s->next);

	*s = (struct seal_spool_ram){
		.spool = { &OPS },
		.next = (uint32_t *)(void *)(memory + skip),
		.slots = slots,
		.num_slots = num_slots,
		.num_blocks = num < NONE ? (uint32_t)num : NONE - 1u,
		.block_size = block_size,
		.free = num > 0 ? 0 : NONE,
	};
	s->blocks = memory + skip + s->num_blocks * sizeof *s->next;
	s->num_free = s->num_blocks;
	for (uint32_t i = 0; i < s->num_blocks; i++)
		s->next[i] = i + 1u < s->num_blocks ? i + 1u : NONE;
	for (uint32_t i = 0; i < num_slots; i++)
		slots[i].open = false;
	return ram_capacity(&s->spool);
}
