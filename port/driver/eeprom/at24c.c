/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/eeprom/at24c.h"

#include <string.h>

/* Clocks that free a chip whose transfer was cut off by a reset: its acknowledge, eight bits, and
 * our acknowledge, which never comes. */
#define CLOCKS_TO_FREE 10u

/* Tries, of a tenth of a millisecond each: old chips do not respond for 20 ms after a page. */
#define PATIENCE 500u

enum doing {
	NOTHING,
	READING,
	WRITING
};

_Static_assert(SEAL_BLOCK_SIZE % SEAL_AT24C_PAGE == 0, "whole pages");

static struct seal_at24c *
at24c_of(struct seal_block *dev)
{
	return (struct seal_at24c *)(void *)dev;
}

/* --- the bus ------------------------------------------------------------------------------ */

static void
set(const struct seal_at24c *e, bool scl, bool sda)
{
	e->bus->ops->set(e->bus, scl, sda);
}

static bool
sda(const struct seal_at24c *e)
{
	return e->bus->ops->sda(e->bus);
}

/* One bit each way: a line that we release may be held by the chip. */
static bool
exchange(const struct seal_at24c *e, bool bit)
{
	set(e, false, bit);
	set(e, true, bit);
	return sda(e);
}

/* Also in the middle of a transfer. False: a device holds SDA low. */
static bool
start(const struct seal_at24c *e)
{
	bool is_free = false;

	for (unsigned i = 0; i < CLOCKS_TO_FREE && !is_free; i++)
		is_free = exchange(e, true);
	if (!is_free)
		return false;
	set(e, true, false);
	set(e, false, false);
	return true;
}

static void
stop(const struct seal_at24c *e)
{
	set(e, false, false);
	set(e, true, false);
	set(e, true, true);
}

/* True: it was acknowledged. */
static bool
put(const struct seal_at24c *e, uint8_t octet)
{
	for (unsigned bit = 8; bit-- > 0;)
		(void)exchange(e, ((unsigned)octet >> bit & 1u) != 0);
	return !exchange(e, true);
}

static uint8_t
get(const struct seal_at24c *e, bool more)
{
	unsigned octet = 0;

	for (unsigned bit = 0; bit < 8u; bit++)
		octet = octet << 1 | (exchange(e, true) ? 1u : 0);
	(void)exchange(e, !more);
	return (uint8_t)octet;
}

/* --- the chip ----------------------------------------------------------------------------- */

/* Begin a transfer. The chip does not respond while it programs a page. */
static enum seal_status
call(struct seal_at24c *e)
{
	if (start(e) && put(e, (uint8_t)(e->address << 1))) {
		e->num_tries = 0;
		e->answers = true;
		return SEAL_OK;
	}
	stop(e);
	if (++e->num_tries < PATIENCE)
		return SEAL_PENDING;
	e->num_tries = 0;
	if (e->answers)
		e->epoch++;
	e->answers = false;
	return SEAL_E_SPOOL;
}

static bool
put_page(const struct seal_at24c *e, const uint8_t *page)
{
	unsigned i = 0;

	while (i < SEAL_AT24C_PAGE && put(e, page[i]))
		i++;
	return i == SEAL_AT24C_PAGE;
}

static bool
get_page(const struct seal_at24c *e, uint8_t *page)
{
	if (!start(e) || !put(e, (uint8_t)(e->address << 1 | 1))) /* 1: read */
		return false;
	for (unsigned i = 0; i < SEAL_AT24C_PAGE; i++)
		page[i] = get(e, i + 1u < SEAL_AT24C_PAGE);
	return true;
}

/* Transfer the next page of the block. */
static enum seal_status
transfer(struct seal_at24c *e)
{
	const uint32_t where = e->which * SEAL_BLOCK_SIZE + e->done;
	uint8_t *page = e->data + e->done;
	const enum seal_status status = call(e);
	bool good;

	if (status != SEAL_OK)
		return status;
	good = put(e, (uint8_t)(where >> 8)) && put(e, (uint8_t)where) &&
	       (e->doing == WRITING ? put_page(e, page) : get_page(e, page));
	stop(e);
	return good ? SEAL_OK : SEAL_E_SPOOL;
}

/* --- as blocks ---------------------------------------------------------------------------- */

static void
begin(struct seal_at24c *e, enum doing doing, uint32_t block)
{
	e->doing = (uint8_t)doing;
	e->which = block;
	e->done = 0;
}

static enum seal_status
go_on(struct seal_at24c *e)
{
	enum seal_status status = transfer(e);

	if (status == SEAL_OK) {
		e->done = (uint16_t)(e->done + SEAL_AT24C_PAGE);
		if (e->done < SEAL_BLOCK_SIZE)
			status = SEAL_PENDING;
	}
	if (status != SEAL_PENDING)
		e->doing = NOTHING;
	return status;
}

static uint32_t
at24c_num_blocks(struct seal_block *dev)
{
	return at24c_of(dev)->answers ? at24c_of(dev)->num_blocks : 0;
}

static uint32_t
at24c_epoch(struct seal_block *dev)
{
	return at24c_of(dev)->epoch;
}

/* A user that stops repeating its write leaves a block that is half written. */
static enum seal_status
at24c_write(struct seal_block *dev, uint32_t block, const uint8_t data[SEAL_BLOCK_SIZE])
{
	struct seal_at24c *e = at24c_of(dev);

	if (block >= e->num_blocks)
		return SEAL_E_LIMIT;
	if (e->doing != WRITING || e->which != block || memcmp(e->data, data, SEAL_BLOCK_SIZE) != 0) {
		begin(e, WRITING, block);
		memcpy(e->data, data, SEAL_BLOCK_SIZE);
	}
	return go_on(e);
}

static enum seal_status
at24c_read(struct seal_block *dev, uint32_t block, uint8_t data[SEAL_BLOCK_SIZE])
{
	struct seal_at24c *e = at24c_of(dev);
	enum seal_status status;

	if (block >= e->num_blocks)
		return SEAL_E_LIMIT;
	if (e->doing != READING || e->which != block)
		begin(e, READING, block);
	status = go_on(e);
	if (status == SEAL_OK)
		memcpy(data, e->data, SEAL_BLOCK_SIZE);
	return status;
}

/* The chip responds again when the last page is safe. */
static enum seal_status
at24c_sync(struct seal_block *dev)
{
	const enum seal_status status = call(at24c_of(dev));

	if (status == SEAL_OK)
		stop(at24c_of(dev));
	return status;
}

static const struct seal_block_ops OPS = {
	.num_blocks = at24c_num_blocks,
	.epoch = at24c_epoch,
	.write = at24c_write,
	.read = at24c_read,
	.sync = at24c_sync,
};

bool
seal_at24c_init(struct seal_at24c *e, struct seal_i2c *bus, uint8_t address, uint32_t size)
{
	*e = (struct seal_at24c){
		.block = { &OPS }, .bus = bus, .address = address, .num_blocks = size / SEAL_BLOCK_SIZE,
	};
	while (at24c_sync(&e->block) == SEAL_PENDING)
		;
	return e->answers;
}
