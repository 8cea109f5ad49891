/* SPDX-License-Identifier: Apache-2.0 */
#include "port/sd/sd_faulty.h"

#include <string.h>

/* What is that long is a block: nothing else on this bus is. */
#define BLOCK 512u

#define TOKEN_BLOCK   0xfeu
#define TOKEN_ERROR   0x04u /* card ECC failed */
#define RESPONSE_BAD  0x0du /* write error     */
#define BLOCK_AND_CRC 514u

static struct seal_sd_faulty *
of(struct seal_spi *spi)
{
	return (struct seal_sd_faulty *)(void *)spi;
}

static void
faulty_clock(struct seal_spi *spi, uint32_t hz)
{
	struct seal_spi *real = of(spi)->real;

	real->ops->clock(real, hz);
}

static void
faulty_select(struct seal_spi *spi, bool on)
{
	struct seal_spi *real = of(spi)->real;

	real->ops->select(real, on);
}

static void
dead_line(uint8_t *in, size_t len, int level)
{
	if (in != NULL)
		memset(in, level, len);
}

static void
faulty_transfer(struct seal_spi *spi, const uint8_t *out, uint8_t *in, size_t len)
{
	struct seal_sd_faulty *f = of(spi);
	struct seal_spi *real = f->real;
	const bool strikes = f->fault != SEAL_SD_SOUND && f->after == 0;

	if (strikes && f->fault == SEAL_SD_GONE) {
		dead_line(in, len, 0xff);
		return;
	}
	real->ops->transfer(real, out, in, len);
	if (len == BLOCK && f->after > 0)
		f->after--;
	if (!strikes)
		return;
	if (f->fault == SEAL_SD_STUCK) {
		dead_line(in, len, 0);
	} else if (f->fault == SEAL_SD_REFUSES && out != NULL && len == BLOCK) {
		f->refuse = true;
	} else if (f->refuse && in != NULL && in[0] != 0xffu) {
		in[0] = RESPONSE_BAD;
		f->refuse = false;
	} else if (f->fault == SEAL_SD_UNREADABLE && in != NULL && len == 1u && in[0] == TOKEN_BLOCK) {
		/* the real card sends the block all the same */
		real->ops->transfer(real, NULL, NULL, BLOCK_AND_CRC);
		in[0] = TOKEN_ERROR;
	} else if (f->fault == SEAL_SD_FLIPS && in != NULL && len == BLOCK) {
		in[BLOCK / 2u] ^= 0x10u;
	}
}

static const struct seal_spi_ops OPS = {
	.clock = faulty_clock,
	.select = faulty_select,
	.transfer = faulty_transfer,
};

void
seal_sd_faulty_init(struct seal_sd_faulty *f, struct seal_spi *real)
{
	*f = (struct seal_sd_faulty){ .spi = { &OPS }, .real = real };
}

void
seal_sd_faulty_set(struct seal_sd_faulty *f, enum seal_sd_fault fault, uint32_t after)
{
	f->fault = fault;
	f->after = after;
	f->refuse = false;
}
