/* SPDX-License-Identifier: Apache-2.0 */
#include "port/gateway/spool_sd.h"

#include <string.h>

enum stage {
	STAGE_FREE,
	STAGE_FILLING,
	STAGE_SEALED,       /* filling, and the block in the buffer is encrypted */
	STAGE_SYNCING,      /* all blocks were passed to the medium              */
	STAGE_READING
};

static struct seal_spool_sd *
sd_of(struct seal_spool *spool)
{
	return (struct seal_spool_sd *)(void *)spool;
}

static enum seal_status
sd_fail(struct seal_spool_sd_slot *slot, enum seal_status why)
{
	slot->status = why;
	return why;
}

/* Blocks for each slot on the current medium; 0: no medium. */
static uint32_t
blocks_each(struct seal_spool_sd *s)
{
	const uint32_t num = s->dev->ops->num_blocks(s->dev);
	const uint32_t each = num > s->first ? (num - s->first) / s->num_slots : 0;

	if (each > 0)
		s->capacity = (uint64_t)each * SEAL_BLOCK_SIZE;
	return each;
}

/* Counter mode: the same call encrypts and decrypts. */
static void
crypt_block(const struct seal_spool_sd *s, struct seal_spool_sd_slot *slot)
{
	const uint32_t per_block = SEAL_BLOCK_SIZE / SEAL_CIPHER_OUT;
	uint8_t nonce[SEAL_CIPHER_NONCE] = { 0 };
	uint8_t stream[SEAL_CIPHER_OUT];

	memcpy(nonce, &slot->nonce, sizeof slot->nonce);
	for (uint32_t i = 0; i < per_block; i++) {
		s->cipher.keystream(s->cipher.ctx, nonce, slot->at * per_block + i, stream);
		for (uint32_t j = 0; j < SEAL_CIPHER_OUT; j++)
			slot->buffer[i * SEAL_CIPHER_OUT + j] ^= stream[j];
	}
}

/* A medium that was removed, or lost something, no longer has what this slot wrote. */
static enum seal_status
check(struct seal_spool_sd *s, struct seal_spool_sd_slot *slot)
{
	if (slot->status == SEAL_OK && s->dev->ops->epoch(s->dev) != slot->epoch)
		(void)sd_fail(slot, SEAL_E_SPOOL);
	return slot->status;
}

/* Pass the first block of the buffer to the medium. */
static enum seal_status
flush(struct seal_spool_sd *s, struct seal_spool_sd_slot *slot)
{
	enum seal_status status;

	if (slot->stage == STAGE_FILLING) {
		crypt_block(s, slot);
		slot->stage = STAGE_SEALED;
	}
	status = s->dev->ops->write(s->dev, slot->start + slot->at, slot->buffer);
	if (status == SEAL_PENDING)
		return status;
	if (status != SEAL_OK)
		return sd_fail(slot, SEAL_E_SPOOL);
	slot->stage = STAGE_FILLING;
	slot->at++;
	slot->fill = slot->fill > SEAL_BLOCK_SIZE ? (uint16_t)(slot->fill - SEAL_BLOCK_SIZE) : 0;
	memmove(slot->buffer, slot->buffer + SEAL_BLOCK_SIZE, slot->fill);
	return SEAL_OK;
}

static enum seal_status
sd_open(struct seal_spool *spool, uint64_t size, uint32_t *slot_)
{
	struct seal_spool_sd *s = sd_of(spool);
	const uint32_t each = blocks_each(s);
	struct seal_spool_sd_slot *slot;
	uint32_t i = 0;

	if (each == 0)
		return SEAL_E_SPOOL;
	while (i < s->num_slots && s->slots[i].stage != STAGE_FREE)
		i++;
	if (i == s->num_slots || size > (uint64_t)each * SEAL_BLOCK_SIZE)
		return SEAL_E_LIMIT;
	slot = &s->slots[i];
	slot->nonce = s->num_opened++;
	slot->len = 0;
	slot->epoch = s->dev->ops->epoch(s->dev);
	slot->limit = each;
	slot->start = s->first + i * each;
	slot->at = 0;
	slot->fill = 0;
	slot->stage = STAGE_FILLING;
	slot->status = SEAL_OK;
	*slot_ = i;
	return SEAL_OK;
}

static size_t
sd_room(struct seal_spool *spool, uint32_t slot_)
{
	struct seal_spool_sd *s = sd_of(spool);
	struct seal_spool_sd_slot *slot = &s->slots[slot_];

	if (check(s, slot) != SEAL_OK)
		return 1;
	if (slot->fill >= SEAL_BLOCK_SIZE && flush(s, slot) == SEAL_PENDING)
		return 0;
	return slot->status != SEAL_OK ? 1 : SEAL_SPOOL_SD_BUFFER - slot->fill;
}

static enum seal_status
sd_append(struct seal_spool *spool, uint32_t slot_, const uint8_t *data, size_t len)
{
	struct seal_spool_sd *s = sd_of(spool);
	struct seal_spool_sd_slot *slot = &s->slots[slot_];

	if (check(s, slot) != SEAL_OK || len == 0)
		return slot->status;
	if (len > (uint64_t)slot->limit * SEAL_BLOCK_SIZE - slot->len)
		return sd_fail(slot, SEAL_E_LIMIT);
	if (len > (size_t)SEAL_SPOOL_SD_BUFFER - slot->fill || slot->stage != STAGE_FILLING)
		return sd_fail(slot, SEAL_E_CALLER);
	memcpy(slot->buffer + slot->fill, data, len);
	slot->fill = (uint16_t)(slot->fill + len);
	slot->len += len;
	/* now, so that the card works while the next octets come */
	if (slot->fill >= SEAL_BLOCK_SIZE && flush(s, slot) != SEAL_PENDING)
		return slot->status;
	return SEAL_OK;
}

/* The last block is filled up with older content; encrypted, that reveals nothing. */
static enum seal_status
sd_finish(struct seal_spool_sd *s, struct seal_spool_sd_slot *slot)
{
	while (slot->fill > 0) {
		if (flush(s, slot) != SEAL_OK)
			return slot->status != SEAL_OK ? slot->status : SEAL_PENDING;
	}
	slot->stage = STAGE_SYNCING;
	return SEAL_OK;
}

static enum seal_status
sd_rewind(struct seal_spool *spool, uint32_t slot_)
{
	struct seal_spool_sd *s = sd_of(spool);
	struct seal_spool_sd_slot *slot = &s->slots[slot_];
	enum seal_status status = check(s, slot);

	if (status == SEAL_OK && (slot->stage == STAGE_FILLING || slot->stage == STAGE_SEALED))
		status = sd_finish(s, slot);
	if (status == SEAL_OK && slot->stage == STAGE_SYNCING) {
		status = s->dev->ops->sync(s->dev);
		if (status == SEAL_PENDING)
			return status;
		if (status != SEAL_OK)
			return sd_fail(slot, SEAL_E_SPOOL);
		status = check(s, slot);
	}
	if (status != SEAL_OK)
		return status;
	slot->stage = STAGE_READING;
	slot->at = 0;
	return SEAL_OK;
}

static enum seal_status
sd_read(struct seal_spool *spool, uint32_t slot_, struct seal_span *piece)
{
	struct seal_spool_sd *s = sd_of(spool);
	struct seal_spool_sd_slot *slot = &s->slots[slot_];
	const uint64_t from = (uint64_t)slot->at * SEAL_BLOCK_SIZE;
	enum seal_status status;

	*piece = seal_span(NULL, 0);
	if (check(s, slot) != SEAL_OK)
		return slot->status;
	if (slot->stage != STAGE_READING)
		return sd_fail(slot, SEAL_E_CALLER);
	if (from >= slot->len)
		return SEAL_OK;
	status = s->dev->ops->read(s->dev, slot->start + slot->at, slot->buffer);
	if (status == SEAL_PENDING)
		return status;
	if (status != SEAL_OK)
		return sd_fail(slot, SEAL_E_SPOOL);
	crypt_block(s, slot);
	slot->at++;
	*piece = seal_span(slot->buffer,
	                   slot->len - from < SEAL_BLOCK_SIZE ? (size_t)(slot->len - from) : SEAL_BLOCK_SIZE);
	return SEAL_OK;
}

/* Content that is left on the medium cannot be read once the key is gone. */
static void
sd_close(struct seal_spool *spool, uint32_t slot_)
{
	struct seal_spool_sd_slot *slot = &sd_of(spool)->slots[slot_];

	memset(slot->buffer, 0, sizeof slot->buffer);
	slot->stage = STAGE_FREE;
}

static uint64_t
sd_capacity(struct seal_spool *spool)
{
	struct seal_spool_sd *s = sd_of(spool);

	(void)blocks_each(s);
	return s->capacity;
}

static const struct seal_spool_ops OPS = {
	.open = sd_open,
	.room = sd_room,
	.append = sd_append,
	.rewind = sd_rewind,
	.read = sd_read,
	.close = sd_close,
	.capacity = sd_capacity,
};

void
seal_spool_sd_init(struct seal_spool_sd *s, struct seal_block *dev, uint32_t first,
                   struct seal_cipher cipher, struct seal_spool_sd_slot *slots, uint32_t num_slots,
                   uint64_t expected)
{
	*s = (struct seal_spool_sd){
		.spool = { &OPS },
		.dev = dev,
		.cipher = cipher,
		.first = first,
		.slots = slots,
		.num_slots = num_slots,
		.capacity = expected,
	};
	for (uint32_t i = 0; i < num_slots; i++)
		slots[i].stage = STAGE_FREE;
}
