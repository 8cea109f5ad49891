/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/flash/spi_nor.h"

/* The MSS SPI */
#define CONTROL 0x00u
#define DFSIZE  0x04u
#define STATUS  0x08u
#define RX      0x10u
#define TX      0x14u
#define CLKGEN  0x18u
#define SELECT  0x1cu

#define CONTROL_ENABLE  0x00000001u
#define CONTROL_MASTER  0x00000002u
#define CONTROL_COUNT   8u          /* bits to shift the number of frames */
#define CONTROL_SPS     0x04000000u /* selected for all frames, not for each one */
#define CONTROL_BIGFIFO 0x20000000u
#define CONTROL_RESET   0x80000000u
#define STATUS_RX_EMPTY 0x00000040u
#define CLKGEN_DIVISOR  7u          /* /16 */
#define SELECT_0        1u
#define FIFO            32u         /* frames of 8 bits, with BIGFIFO */
#define READ_MAX        4096u       /* octets of one command: its frames are counted in 16 bits */
#define PATIENCE        100000u
#define BUSY_POLLS      1000000u    /* over 3 s, the longest that a sector takes to erase */

/* The commands */
#define PROGRAM      0x02u
#define READ         0x03u
#define READ_STATUS  0x05u
#define WRITE_ENABLE 0x06u
#define READ_ID      0x9fu
#define ERASE        0xd8u
#define STATUS_BUSY  0x01u

enum step {
	STEP_NONE,
	STEP_ERASING,
	STEP_FIRST_PAGE,
	STEP_SECOND_PAGE
};

static struct seal_nor *
of(struct seal_block *dev)
{
	return (struct seal_nor *)(void *)dev;
}

static volatile uint32_t *
at(const struct seal_nor *n, uintptr_t offset)
{
	return (volatile uint32_t *)(n->base + offset);
}

/* One command. The controller selects the flash for as many frames as were set before it was
 * enabled, so their number must be exact. */
static void
command(const struct seal_nor *n, const uint8_t *head, size_t head_len,
        const uint8_t *out, uint8_t *in, size_t len)
{
	const uint32_t set = CONTROL_MASTER | CONTROL_SPS | CONTROL_BIGFIFO |
	                     (uint32_t)(head_len + len) << CONTROL_COUNT;
	const size_t all = head_len + len;
	size_t sent = 0;
	size_t got = 0;
	uint32_t polls = 0;

	*at(n, CONTROL) = set;
	*at(n, CONTROL) = set | CONTROL_ENABLE;
	while (got < all && polls < PATIENCE) {
		while (sent < all && sent - got < FIFO) {
			const uint8_t *body = out != NULL && sent >= head_len ? &out[sent - head_len] : NULL;

			*at(n, TX) = sent < head_len ? head[sent] : body != NULL ? *body : 0;
			sent++;
		}
		while (got < sent && (*at(n, STATUS) & STATUS_RX_EMPTY) == 0) {
			const uint8_t octet = (uint8_t)*at(n, RX);

			if (in != NULL && got >= head_len)
				in[got - head_len] = octet;
			got++;
			polls = 0;
		}
		polls++;
	}
	*at(n, CONTROL) = set;
}

static void
address(uint8_t head[4], uint8_t which, uint32_t where)
{
	head[0] = which;
	head[1] = (uint8_t)(where >> 16);
	head[2] = (uint8_t)(where >> 8);
	head[3] = (uint8_t)where;
}

static void
enable_write(const struct seal_nor *n)
{
	const uint8_t head[1] = { WRITE_ENABLE };

	command(n, head, sizeof head, NULL, NULL, 0);
}

uint32_t
seal_nor_id(struct seal_nor *n)
{
	const uint8_t head[1] = { READ_ID };
	uint8_t id[3] = { 0 };

	command(n, head, sizeof head, NULL, id, sizeof id);
	return (uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2];
}

bool
seal_nor_busy(struct seal_nor *n)
{
	const uint8_t head[1] = { READ_STATUS };
	uint8_t status[1] = { STATUS_BUSY };

	command(n, head, sizeof head, NULL, status, sizeof status);
	return (status[0] & STATUS_BUSY) != 0;
}

void
seal_nor_erase(struct seal_nor *n, uint32_t where)
{
	uint8_t head[4];

	enable_write(n);
	address(head, ERASE, where);
	command(n, head, sizeof head, NULL, NULL, 0);
}

void
seal_nor_program(struct seal_nor *n, uint32_t where, const uint8_t *data, size_t len)
{
	uint8_t head[4];

	enable_write(n);
	address(head, PROGRAM, where);
	command(n, head, sizeof head, data, NULL, len);
}

void
seal_nor_read(struct seal_nor *n, uint32_t where, uint8_t *data, size_t len)
{
	uint8_t head[4];

	address(head, READ, where);
	command(n, head, sizeof head, NULL, data, len);
}

bool
seal_nor_load(struct seal_nor *n, uint32_t where, uint8_t *data, size_t len)
{
	const uint64_t size = (uint64_t)n->num_sectors * SEAL_NOR_SECTOR;

	if (where > size || len > size - where)
		return false;
	while (len > 0) {
		const size_t piece = len < READ_MAX ? len : READ_MAX;

		seal_nor_read(n, where, data, piece);
		where += (uint32_t)piece;
		data += piece;
		len -= piece;
	}
	return true;
}

/* --- as blocks ------------------------------------------------------------------------------ */

static uint32_t
nor_num_blocks(struct seal_block *dev)
{
	return of(dev)->num_sectors;
}

/* It is soldered, so it never changes. */
static uint32_t
nor_epoch(struct seal_block *dev)
{
	(void)dev;
	return 0;
}

static enum seal_status
nor_write(struct seal_block *dev, uint32_t block, const uint8_t data[SEAL_BLOCK_SIZE])
{
	struct seal_nor *n = of(dev);
	const uint32_t where = block * SEAL_NOR_SECTOR;

	if (n->num_sectors == 0)
		return SEAL_E_SPOOL;
	if (block >= n->num_sectors)
		return SEAL_E_LIMIT;
	if (seal_nor_busy(n))
		return SEAL_PENDING;
	if (n->step != STEP_NONE && n->writing != block)
		n->step = STEP_NONE; /* its user stopped repeating that write: it is half written */
	switch ((enum step)n->step) {
	case STEP_NONE:
		n->writing = block;
		n->step = STEP_ERASING;
		seal_nor_erase(n, where);
		break;
	case STEP_ERASING:
		n->step = STEP_FIRST_PAGE;
		seal_nor_program(n, where, data, SEAL_NOR_PAGE);
		break;
	case STEP_FIRST_PAGE:
		n->step = STEP_SECOND_PAGE;
		seal_nor_program(n, where + SEAL_NOR_PAGE, data + SEAL_NOR_PAGE, SEAL_NOR_PAGE);
		break;
	case STEP_SECOND_PAGE:
		n->step = STEP_NONE;
		return SEAL_OK;
	}
	return SEAL_PENDING;
}

static enum seal_status
nor_read(struct seal_block *dev, uint32_t block, uint8_t data[SEAL_BLOCK_SIZE])
{
	struct seal_nor *n = of(dev);

	if (n->num_sectors == 0)
		return SEAL_E_SPOOL;
	if (block >= n->num_sectors)
		return SEAL_E_LIMIT;
	if (seal_nor_busy(n))
		return SEAL_PENDING;
	seal_nor_read(n, block * SEAL_NOR_SECTOR, data, SEAL_BLOCK_SIZE);
	return SEAL_OK;
}

static enum seal_status
nor_sync(struct seal_block *dev)
{
	struct seal_nor *n = of(dev);

	if (n->num_sectors == 0)
		return SEAL_E_SPOOL;
	return seal_nor_busy(n) ? SEAL_PENDING : SEAL_OK;
}

static const struct seal_block_ops OPS = {
	.num_blocks = nor_num_blocks,
	.epoch = nor_epoch,
	.write = nor_write,
	.read = nor_read,
	.sync = nor_sync,
};

void
seal_nor_init(struct seal_nor *n, uintptr_t base)
{
	uint32_t size_log2;
	uint32_t polls = 0;

	*n = (struct seal_nor){ .block = { &OPS }, .base = base };
	*at(n, CONTROL) = CONTROL_RESET;
	*at(n, CONTROL) = CONTROL_MASTER;
	*at(n, DFSIZE) = 8;
	*at(n, CLKGEN) = CLKGEN_DIVISOR;
	*at(n, SELECT) = SELECT_0;
	while (polls < BUSY_POLLS && seal_nor_busy(n))
		polls++;
	size_log2 = seal_nor_id(n) & 0xffu;
	/* three address octets reach 16 MiB */
	if (size_log2 >= 16u && size_log2 <= 24u)
		n->num_sectors = (uint32_t)1 << (size_log2 - 16u);
}
