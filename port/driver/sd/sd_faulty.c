/* SPDX-License-Identifier: Apache-2.0 */
#include "port/driver/sd/sd_faulty.h"

#include <string.h>

/* A transfer of this length is a block; no other transfer on this bus is as long. */
#define BLOCK 512u

#define TOKEN_BLOCK   0xfeu
#define TOKEN_ERROR   0x04u /* card ECC failed                                              */
#define RESPONSE_BAD  0x0du /* write error                                                  */
#define BLOCK_AND_CRC 514u
#define FLIP          0x10u
#define FLIP_CRC      0x8be6u /* the CRC of a block that is zero but for FLIP in its middle */

static struct seal_sd_faulty *
faulty_of(struct seal_spi *spi)
{
	return (struct seal_sd_faulty *)(void *)spi;
}

static void
faulty_clock(struct seal_spi *spi, uint32_t hz)
{
	struct seal_spi *real = faulty_of(spi)->real;

	real->ops->clock(real, hz);
}

static void
faulty_select(struct seal_spi *spi, bool on)
{
	struct seal_spi *real = faulty_of(spi)->real;

	real->ops->select(real, on);
}

static void
dead_line(uint8_t *in, size_t len, int level)
{
	if (in != NULL)
		memset(in, level, len);
}

/* One more strike, out of `times`. */
static void
strike(struct seal_sd_faulty *f)
{
	f->num_struck++;
	if (f->times > 0 && --f->times == 0)
		f->fault = SEAL_SD_SOUND;
}

/* Read and drop the real card's token and block; the host gets `instead`. */
static void
swallow(struct seal_sd_faulty *f, uint8_t *in, uint8_t instead)
{
	f->real->ops->transfer(f->real, NULL, NULL, BLOCK_AND_CRC);
	in[0] = instead;
	strike(f);
}

/* Stay busy after the response to a block. */
static void
slow(struct seal_sd_faulty *f, const uint8_t *out, uint8_t *in, size_t len)
{
	if (out != NULL && len == BLOCK) {
		f->written = true;
	} else if (f->written && in != NULL && in[0] != 0xffu) {
		f->written = false;
		f->busy = f->times;
		f->num_struck++;
	} else if (f->busy > 0 && in != NULL && len == 1u) {
		in[0] = 0;
		f->busy--;
	}
}

static void
faulty_transfer(struct seal_spi *spi, const uint8_t *out, uint8_t *in, size_t len)
{
	struct seal_sd_faulty *f = faulty_of(spi);
	struct seal_spi *real = f->real;
	const bool strikes = f->fault != SEAL_SD_SOUND && f->after == 0;

	if (strikes && f->fault == SEAL_SD_GONE) {
		dead_line(in, len, 0xff);
		strike(f);
		return;
	}
	real->ops->transfer(real, out, in, len);
	if (f->flipped && in != NULL && len == 2u) {
		in[0] ^= FLIP_CRC >> 8;
		in[1] ^= FLIP_CRC & 0xffu;
		f->flipped = false;
	}
	if (len == BLOCK && f->after > 0)
		f->after--;
	if (!strikes)
		return;
	if (f->fault == SEAL_SD_STUCK) {
		dead_line(in, len, 0);
		strike(f);
	} else if (f->fault == SEAL_SD_REFUSES && out != NULL && len == BLOCK) {
		f->refuse = true;
	} else if (f->refuse && in != NULL && in[0] != 0xffu) {
		in[0] = RESPONSE_BAD;
		f->refuse = false;
		strike(f);
	} else if (f->fault == SEAL_SD_UNREADABLE && in != NULL && len == 1u && in[0] == TOKEN_BLOCK) {
		swallow(f, in, TOKEN_ERROR);
	} else if (f->fault == SEAL_SD_SILENT && in != NULL && len == 1u && in[0] == TOKEN_BLOCK) {
		swallow(f, in, 0xff);
	} else if (f->fault == SEAL_SD_SLOW) {
		slow(f, out, in, len);
	} else if ((f->fault == SEAL_SD_FLIPS || f->fault == SEAL_SD_NOISE) && in != NULL && len == BLOCK) {
		in[BLOCK / 2u] ^= FLIP;
		f->flipped = f->fault == SEAL_SD_FLIPS;
		strike(f);
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
	f->fault = (uint8_t)fault;
	f->after = after;
	f->times = 0;
	f->refuse = false;
	f->written = false;
	f->flipped = false;
	f->busy = 0;
}

struct seal_sd_faulty seal_sd_faulty_bus;

void
seal_sd_faulty_card(struct seal_sd *sd, struct seal_spi *spi, uint32_t hz)
{
	seal_sd_faulty_init(&seal_sd_faulty_bus, spi);
	seal_sd_init(sd, &seal_sd_faulty_bus.spi, hz);
}
