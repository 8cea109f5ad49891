/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_card.h"

#include <string.h>

static struct fake_card *
fake_card_of(struct seal_spi *spi)
{
	return (struct fake_card *)(void *)spi;
}

static void
fake_card_send(struct fake_card *c, uint8_t octet)
{
	c->out[c->out_len++] = octet;
}

static void
fake_card_answer(struct fake_card *c, uint8_t r1)
{
	c->out_at = 0;
	c->out_len = 0;
	c->wait = c->delay;
	fake_card_send(c, c->ready ? r1 : (uint8_t)(r1 | 1u));
}

/* Bit by bit, as in the specification; the driver computes them in another way. */
static uint32_t
crc_of(const uint8_t *data, size_t len, unsigned width, uint32_t polynomial)
{
	uint32_t crc = 0;

	for (size_t bit = 0; bit < len * 8u; bit++) {
		const unsigned in = data[bit / 8u] >> (7u - bit % 8u) & 1u;
		const unsigned out = crc >> (width - 1u) & 1u;

		crc = (crc << 1) & ((1u << width) - 1u);
		if (in != out)
			crc ^= polynomial;
	}
	return crc;
}

/* Cover `len` octets of `out`. */
static void
say_crc(struct fake_card *c, size_t len)
{
	const uint32_t crc = c->refuses_crc ? 0xffff : crc_of(c->out + c->out_len - len, len, 16, 0x1021);

	fake_card_send(c, (uint8_t)(crc >> 8));
	fake_card_send(c, (uint8_t)crc);
}

static void
note_error(struct fake_card *c, uint8_t r2)
{
	if (c->forgets_no_error)
		c->r2 |= r2;
}

/* The next block, after its latency. */
static void
load_block(struct fake_card *c)
{
	c->out_at = 0;
	c->out_len = 0;
	c->wait = c->latency;
	if (!c->many)
		c->state = FAKE_CARD_IDLE;
	if (c->block >= c->num_blocks) {
		fake_card_send(c, 0x08); /* out of range */
		note_error(c, 0x80);
		return;
	}
	if (c->bad_block > 0 && c->block == c->bad_block) {
		fake_card_send(c, 0x04);
		note_error(c, 0x10);
		return;
	}
	fake_card_send(c, 0xfe);
	memcpy(c->out + c->out_len, c->blocks[c->block], SEAL_BLOCK_SIZE);
	c->out_len += SEAL_BLOCK_SIZE;
	say_crc(c, SEAL_BLOCK_SIZE);
	c->block++;
	if (c->flags_end && c->many && c->block == c->num_blocks)
		c->r2 |= 0x80;
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
		set_bits(csd, 48, 22, 0);          /* 1024 blocks, at any real size */
	} else {
		set_bits(csd, 80, 4, 9);           /* READ_BL_LEN 512                */
		set_bits(csd, 47, 3, 0);           /* times 4                        */
		set_bits(csd, 62, 12, c->num_blocks / 4u - 1u);
	}
	if (c->csd_structure > 0) {
		csd[0] &= 0x3f;
		set_bits(csd, 126, 2, c->csd_structure);
	}
	fake_card_send(c, 0xff);
	fake_card_send(c, 0xfe);
	for (unsigned i = 0; i < sizeof csd; i++)
		fake_card_send(c, csd[i]);
	say_crc(c, sizeof csd);
	if (c->spoils_csd)
		c->out[c->out_len - 12u] ^= 1u;
}

/* CMD17, CMD18, CMD24, CMD25 */
static void
move(struct fake_card *c, uint8_t which, uint32_t argument)
{
	static const uint8_t beyond[] = { 0, 0x20, 0x40, 0 };

	c->block = c->kind == FAKE_CARD_HC ? argument : argument / SEAL_BLOCK_SIZE;
	c->many = which == 18 || which == 25;
	if (!c->ready || c->state != FAKE_CARD_IDLE ||
	    (c->kind != FAKE_CARD_HC && (argument % SEAL_BLOCK_SIZE != 0 || c->block_len != SEAL_BLOCK_SIZE))) {
		fake_card_answer(c, 4);
		return;
	}
	if (c->block >= c->num_blocks && c->beyond != FAKE_CARD_TOKEN) {
		fake_card_answer(c, beyond[c->beyond]);
		note_error(c, 0x80);
		return;
	}
	c->state = which < 20 ? FAKE_CARD_READS : FAKE_CARD_AWAITS;
}

/* CMD8 */
static void
say_condition(struct fake_card *c)
{
	if (c->kind == FAKE_CARD_V1 || c->cmd8 == FAKE_CARD_ILLEGAL) {
		fake_card_answer(c, 4);
		return;
	}
	if (c->cmd8 == FAKE_CARD_NO_ANSWER) {
		c->out_len = 0;
		return;
	}
	fake_card_send(c, 0);
	fake_card_send(c, 0);
	fake_card_send(c, c->cmd8 == FAKE_CARD_WRONG_VOLTAGE ? 0 : c->frame[3]);
	fake_card_send(c, c->cmd8 == FAKE_CARD_WRONG_ECHO ? 0 : c->frame[4]);
}

/* CMD12: it ends a read or a CMD25. */
static void
end_transfer(struct fake_card *c)
{
	if (c->state != FAKE_CARD_READS && c->state != FAKE_CARD_FAILED &&
	    (c->state != FAKE_CARD_AWAITS || !c->many)) {
		fake_card_answer(c, 4);
		return;
	}
	c->state = FAKE_CARD_IDLE;
	fake_card_answer(c, 0);
	c->wait++;
	if (c->late_busy)
		fake_card_send(c, 0xff);
	c->busy_left = c->busy;
}

static void
command(struct fake_card *c)
{
	const uint8_t which = c->frame[0] & 0x3fu;
	const uint32_t argument = (uint32_t)c->frame[1] << 24 | (uint32_t)c->frame[2] << 16 |
	                          (uint32_t)c->frame[3] << 8 | c->frame[4];
	const bool application = c->application;

	if (c->frame[5] != (crc_of(c->frame, 5, 7, 0x09) << 1 | 1u)) {
		c->num_bad_crcs++;
		fake_card_answer(c, 8);
		return;
	}
	c->num_commands[which]++;
	c->application = false;
	fake_card_answer(c, 0);
	if (c->state == FAKE_CARD_FAILED && which != 12 && which != 0) {
		c->num_ignored += sizeof c->frame;
		c->out_len = 0;
		return;
	}
	switch (which) {
	case 0:
		if (c->wants_quiet && c->powered && (c->num_clocks < 74u || c->num_loud > 0)) {
			c->out_len = 0;
			break;
		}
		c->powered = false;
		c->ready = false;
		c->crc_on = false;
		c->r2 = 0;
		c->block_len = 1024;
		c->state = FAKE_CARD_IDLE;
		c->busy_left = 0;
		c->start_up_left = c->num_start_up;
		fake_card_answer(c, 0);
		break;
	case 8:
		say_condition(c);
		break;
	case 12:
		end_transfer(c);
		break;
	case 13:
		if (c->refuses_status) {
			fake_card_answer(c, 4);
			break;
		}
		fake_card_send(c, c->fails_status ? 4 : c->r2);
		c->fails_status = false;
		c->r2 = 0;
		break;
	case 9:
		if (c->refuses_csd)
			fake_card_answer(c, 4);
		else
			say_csd(c);
		break;
	case 16:
		c->block_len = argument;
		break;
	case 17:
	case 18:
	case 24:
	case 25:
		move(c, which, argument);
		break;
	case 41:
		if (!application) {
			fake_card_answer(c, 4);
		} else if (c->start_up_left > 0) {
			c->start_up_left--;
		} else if (c->kind == FAKE_CARD_HC && argument == 0) {
			break; /* never ready for a host that does not know it */
		} else {
			c->ready = true;
			fake_card_answer(c, 0);
		}
		break;
	case 55:
		c->application = !c->is_mmc;
		if (c->is_mmc)
			fake_card_answer(c, 4);
		break;
	case 59:
		if (c->refuses_crc)
			fake_card_answer(c, 4);
		else
			c->crc_on = (argument & 1u) != 0;
		break;
	case 58:
		fake_card_send(c, c->kind == FAKE_CARD_HC || c->odd_ocr ? 0xc0 : 0x80);
		fake_card_send(c, 0xff);
		fake_card_send(c, 0x80);
		fake_card_send(c, 0);
		break;
	default:
		fake_card_answer(c, 4);
		break;
	}
}

/* A block of CMD24 or CMD25, two octets of CRC, the answer. */
static void
take_data(struct fake_card *c, uint8_t octet)
{
	uint8_t response = c->block < c->num_blocks ? 0xe5 : 0xed;

	if (c->data_len < SEAL_BLOCK_SIZE)
		c->in[c->data_len] = octet;
	else
		c->crc = (uint16_t)(c->crc << 8 | octet);
	if (++c->data_len < SEAL_BLOCK_SIZE + 2u)
		return;
	if (c->bad_write > 0 && c->block == c->bad_write) {
		response = 0xed;
		c->bad_write = 0;
		note_error(c, 0x04);
	}
	if (c->crc_on && c->crc != crc_of(c->in, SEAL_BLOCK_SIZE, 16, 0x1021)) {
		response = 0xeb;
		c->num_bad_crcs++;
	}
	c->out_at = 0;
	c->out_len = 0;
	c->wait = 0;
	fake_card_send(c, response);
	if (response == 0xe5)
		memcpy(c->blocks[c->block], c->in, SEAL_BLOCK_SIZE);
	c->block++;
	c->busy_left = c->busy;
	c->state = !c->many ? FAKE_CARD_IDLE : response == 0xe5 ? FAKE_CARD_AWAITS : FAKE_CARD_FAILED;
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
	if (c->gone)
		return 0xff;
	if (c->powered) {
		c->num_clocks += c->selected || c->num_loud > 0 ? 0 : 8u;
		if (c->hz > 400000u || (c->selected && c->num_clocks < 74u))
			c->num_loud++;
	}
	if (!c->selected)
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
	} else if (c->state == FAKE_CARD_FAILED && (in == 0xfcu || in == 0xfdu)) {
		c->num_ignored++;
	} else if (c->state == FAKE_CARD_AWAITS && c->many && in == 0xfdu && c->busy_left == 0) {
		c->state = FAKE_CARD_IDLE;
		c->busy_left = c->busy;
		c->out_at = 0;
		c->out_len = 0;
		c->wait = 0;
		fake_card_send(c, 0xff); /* it may take one octet until it shows that it is busy */
	}
	return out;
}

static void
fake_clock(struct seal_spi *spi, uint32_t hz)
{
	fake_card_of(spi)->hz = hz;
}

static void
fake_select(struct seal_spi *spi, bool on)
{
	struct fake_card *c = fake_card_of(spi);

	c->selected = on;
	c->frame_len = 0;
}

static void
fake_transfer(struct seal_spi *spi, const uint8_t *out, uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const uint8_t octet = exchange(fake_card_of(spi), out != NULL ? out[i] : 0xff);

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
	*c = (struct fake_card){
		.spi = { &OPS }, .blocks = blocks, .num_blocks = num_blocks, .kind = kind, .powered = true,
		.hz = 25000000,
	};
}

void
fake_card_insert(struct fake_card *c)
{
	c->gone = false;
	c->gone_at = 0;
	c->powered = true;
	c->num_clocks = 0;
	c->num_loud = 0;
	c->ready = false;
	c->crc_on = false;
	c->r2 = 0;
	c->application = false;
	c->state = FAKE_CARD_IDLE;
	c->frame_len = 0;
	c->out_at = 0;
	c->out_len = 0;
	c->busy_left = 0;
}
