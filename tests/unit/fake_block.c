/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_block.h"

#include <string.h>

static struct fake_block *
fake_block_of(struct seal_block *dev)
{
	return (struct fake_block *)(void *)dev;
}

static uint32_t
fake_num_blocks(struct seal_block *dev)
{
	return fake_block_of(dev)->num_blocks;
}

static uint32_t
fake_epoch(struct seal_block *dev)
{
	return fake_block_of(dev)->epoch;
}

/* The status of an operation before it is tried; *fault: the fault that hits it. */
static enum seal_status
fake_block_begin(struct fake_block *f, uint32_t block, enum fake_fault *fault)
{
	*fault = FAKE_SOUND;
	if (f->off || f->num_blocks == 0)
		return SEAL_E_SPOOL;
	if (block >= f->num_blocks)
		return SEAL_E_LIMIT;
	if (f->waited < f->patience) {
		f->waited++;
		return SEAL_PENDING;
	}
	f->waited = 0;
	f->num_ops++;
	if (f->fault == FAKE_SOUND || f->at-- > 0)
		return SEAL_OK;
	*fault = f->fault;
	f->fault = FAKE_SOUND;
	if (*fault == FAKE_LOSES) {
		memset(f->blocks, 0x5a, (size_t)f->num_blocks * SEAL_BLOCK_SIZE);
		f->epoch++;
	}
	f->off = *fault == FAKE_IS_CUT;
	return *fault == FAKE_FAILS ? SEAL_E_SPOOL : SEAL_OK;
}

static enum seal_status
fake_write(struct seal_block *dev, uint32_t block, const uint8_t data[SEAL_BLOCK_SIZE])
{
	struct fake_block *f = fake_block_of(dev);
	enum fake_fault fault;
	const enum seal_status status = fake_block_begin(f, block, &fault);

	if (status != SEAL_OK || fault == FAKE_LIES)
		return status;
	if (f->erases)
		memset(f->blocks[block], 0xff, SEAL_BLOCK_SIZE);
	memcpy(f->blocks[block], data, fault == FAKE_IS_CUT ? f->cut_len : SEAL_BLOCK_SIZE);
	if (fault == FAKE_FLIPS)
		f->blocks[block][SEAL_BLOCK_SIZE / 2u] ^= 4u;
	return fault == FAKE_IS_CUT ? SEAL_E_SPOOL : SEAL_OK;
}

static enum seal_status
fake_read(struct seal_block *dev, uint32_t block, uint8_t data[SEAL_BLOCK_SIZE])
{
	struct fake_block *f = fake_block_of(dev);
	enum fake_fault fault;
	const enum seal_status status = fake_block_begin(f, block, &fault);

	memset(data, 0xee, SEAL_BLOCK_SIZE); /* of no use until SEAL_OK */
	if (status != SEAL_OK || fault == FAKE_IS_CUT)
		return status != SEAL_OK ? status : SEAL_E_SPOOL;
	memcpy(data, f->blocks[block], SEAL_BLOCK_SIZE);
	if (fault == FAKE_FLIPS)
		data[SEAL_BLOCK_SIZE / 2u] ^= 4u;
	return SEAL_OK;
}

static enum seal_status
fake_sync(struct seal_block *dev)
{
	enum fake_fault fault;
	const enum seal_status status = fake_block_begin(fake_block_of(dev), 0, &fault);

	return status == SEAL_OK && fault == FAKE_IS_CUT ? SEAL_E_SPOOL : status;
}

static const struct seal_block_ops OPS = {
	.num_blocks = fake_num_blocks,
	.epoch = fake_epoch,
	.write = fake_write,
	.read = fake_read,
	.sync = fake_sync,
};

void
fake_block_init(struct fake_block *f, uint8_t (*blocks)[SEAL_BLOCK_SIZE], uint32_t num_blocks, uint8_t fill)
{
	*f = (struct fake_block){ .block = { &OPS }, .blocks = blocks, .num_blocks = num_blocks };
	memset(blocks, fill, (size_t)num_blocks * SEAL_BLOCK_SIZE);
}

void
fake_block_set(struct fake_block *f, enum fake_fault fault, uint32_t at)
{
	f->fault = fault;
	f->at = at;
	f->off = false;
	f->waited = 0;
}
