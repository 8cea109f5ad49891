/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_card.h"

#include <string.h>

static struct fake_card *
of(struct seal_spi *spi)
{
	return (struct fake_card *)(void *)spi;
}

static void
say(struct fake_card *c, uint8_t octet)
{
	c->out[c->out_len++] = octet;
}

static void
answer(struct fake_card *c, uint8_t r1)
{
	c->out_at = 0;
	c->out_len = 0;
	c->wait = c->delay;
	say(c, c->ready ? r1 : (uint8_t)(r1 | 1u));
}

/* The next block, behind its latency. */
static void
load_block(struct fake_card *c)
{
	c->out_at = 0;
	c->out_len = 0;
	c->wait = c->latency;
	if (!c->many)
		c->state = FAKE_CARD_IDLE;
	if (c->block >= c->num_blocks) {
		say(c, 0x08); /* out of range */
		return;
	}
	say(c, 0xfe);
	memcpy(c->out + c->out_len, c->blocks[c->block], SEAL_BLOCK_SIZE);
	c->out_len += SEAL_BLOCK_SIZE;
	say(c, 0);
	say(c, 0);
	c->block++;
}

static void
set_bits(uint8_t csd[16], unsigned low, unsigned num, uint32_t value)
{
	for (unsigned i = 0; i < num; i++) {
		if ((value >> i & 1u) != 0)
			csd[15u - (low + i) / 8u] |= (uint8_t)(1u << (low + i) % 8u);
	}
}

static void
say_csd(struct fake_card *c)
{
	uint8_t csd[16] = { 0 };

	if (c->kind == FAKE_CARD_HC) {
		set_bits(csd, 126, 2, 1);
		set_bits(csd, 48, 22, 0);          /* 1024 blocks, whatever there is */
	} else {
		set_bits(csd, 80, 4, 9);           /* READ_BL_LEN 512                */
		set_bits(csd, 47, 3, 0);           /* times 4                        */
		set_bits(csd, 62, 12, c->num_blocks / 4u - 1u);
	}
	say(c, 0xff);
	say(c, 0xfe);
	for (unsigned i = 0; i < sizeof csd; i++)
		say(c, csd[i]);
	say(c, 0);
	say(c, 0);
}

static void
command(struct fake_card *c)
{
	const uint8_t which = c->frame[0] & 0x3fu;
	const uint32_t argument = (uint32_t)c->frame[1] << 24 | (uint32_t)c->frame[2] << 16 |
	                          (uint32_t)c->frame[3] << 8 | c->frame[4];
	const bool application = c->application;
	const bool moves = which == 17 || which == 18 || which == 24 || which == 25;

	c->num_commands[which]++;
	c->application = false;
	answer(c, 0);
	if (moves) {
		c->block = c->kind == FAKE_CARD_HC ? argument : argument / SEAL_BLOCK_SIZE;
		c->many = which == 18 || which == 25;
		if (!c->ready || c->state != FAKE_CARD_IDLE ||
		    (c->kind != FAKE_CARD_HC && argument % SEAL_BLOCK_SIZE != 0)) {
			answer(c, 4);
			return;
		}
		c->state = which < 20 ? FAKE_CARD_READS : FAKE_CARD_AWAITS;
		return;
	}
	switch (which) {
	case 0:
		c->ready = false;
		c->state = FAKE_CARD_IDLE;
		c->busy_left = 0;
		c->start_up_left = c->num_start_up;
		answer(c, 0);
		break;
	case 8:
		if (c->kind == FAKE_CARD_V1) {
			answer(c, 4);
			break;
		}
		for (unsigned i = 1; i < 5u; i++)
			say(c, c->frame[i]);
		break;
	case 12:
		if (c->state != FAKE_CARD_READS) {
			answer(c, 4);
			break;
		}
		c->state = FAKE_CARD_IDLE;
		answer(c, 0);
		c->wait++;
		c->busy_left = c->busy;
		break;
	case 13:
		say(c, c->fails_status ? 4 : 0);
		c->fails_status = false;
		break;
	case 9:
		say_csd(c);
		break;
	case 16:
		break;
	case 41:
		if (!application) {
			answer(c, 4);
		} else if (c->start_up_left > 0) {
			c->start_up_left--;
		} else if (c->kind == FAKE_CARD_HC && argument == 0) {
			break; /* never ready for a host that does not know it */
		} else {
			c->ready = true;
			answer(c, 0);
		}
		break;
	case 55:
		c->application = true;
		break;
	case 58:
		say(c, c->kind == FAKE_CARD_HC ? 0xc0 : 0x80);
		say(c, 0xff);
		say(c, 0x80);
		say(c, 0);
		break;
	default:
		answer(c, 4);
		break;
	}
}

/* A block of CMD24 or CMD25, two octets of CRC, the answer. */
static void
take_data(struct fake_card *c, uint8_t octet)
{
	if (c->data_len < SEAL_BLOCK_SIZE && c->block < c->num_blocks)
		c->blocks[c->block][c->data_len] = octet;
	if (++c->data_len < SEAL_BLOCK_SIZE + 2u)
		return;
	c->out_at = 0;
	c->out_len = 0;
	c->wait = 0;
	say(c, c->block < c->num_blocks ? 0xe5 : 0xed);
	c->block++;
	c->busy_left = c->busy;
	c->state = c->many ? FAKE_CARD_AWAITS : FAKE_CARD_IDLE;
}

static uint8_t
put_out(struct fake_card *c)
{
	if (c->out_at < c->out_len) {
		if (c->wait > 0) {
			c->wait--;
			return 0xff;
		}
		return c->out[c->out_at++];
	}
	if (c->busy_left > 0) {
		c->busy_left--;
		return 0;
	}
	if (c->state == FAKE_CARD_READS)
		load_block(c);
	return 0xff;
}

static uint8_t
exchange(struct fake_card *c, uint8_t in)
{
	uint8_t out;

	c->num_octets++;
	if (c->gone_at > 0 && --c->gone_at == 0)
		c->gone = true;
	if (c->gone || !c->selected)
		return 0xff;
	if (c->state == FAKE_CARD_TAKES) {
		take_data(c, in);
		return 0xff;
	}
	if (c->frame_len > 0 || ((in & 0xc0u) == 0x40u && c->busy_left == 0)) {
		out = c->state == FAKE_CARD_READS ? put_out(c) : 0xff;
		c->frame[c->frame_len++] = in;
		if (c->frame_len == sizeof c->frame) {
			c->frame_len = 0;
			command(c);
		}
		return out;
	}
	out = put_out(c);
	if (c->state == FAKE_CARD_AWAITS && c->busy_left == 0 && in == (c->many ? 0xfcu : 0xfeu)) {
		c->state = FAKE_CARD_TAKES;
		c->data_len = 0;
	} else if (c->state == FAKE_CARD_AWAITS && c->many && in == 0xfdu && c->busy_left == 0) {
		c->state = FAKE_CARD_IDLE;
		c->busy_left = c->busy;
		c->out_at = 0;
		c->out_len = 0;
		c->wait = 0;
		say(c, 0xff); /* it may take one octet until it says that it is busy */
	}
	return out;
}

static void
fake_clock(struct seal_spi *spi, uint32_t hz)
{
	(void)spi;
	(void)hz;
}

static void
fake_select(struct seal_spi *spi, bool on)
{
	struct fake_card *c = of(spi);

	c->selected = on;
	c->frame_len = 0;
}

static void
fake_transfer(struct seal_spi *spi, const uint8_t *out, uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const uint8_t octet = exchange(of(spi), out != NULL ? out[i] : 0xff);

		if (in != NULL)
			in[i] = octet;
	}
}

static const struct seal_spi_ops OPS = {
	.clock = fake_clock,
	.select = fake_select,
	.transfer = fake_transfer,
};

void
fake_card_init(struct fake_card *c, enum fake_card_kind kind, uint8_t (*blocks)[SEAL_BLOCK_SIZE],
               uint32_t num_blocks)
{
	*c = (struct fake_card){ .spi = { &OPS }, .blocks = blocks, .num_blocks = num_blocks, .kind = kind };
}

void
fake_card_insert(struct fake_card *c)
{
	c->gone = false;
	c->gone_at = 0;
	c->ready = false;
	c->application = false;
	c->state = FAKE_CARD_IDLE;
	c->frame_len = 0;
	c->out_at = 0;
	c->out_len = 0;
	c->busy_left = 0;
}
