/* SPDX-License-Identifier: Apache-2.0
 *
 * Section numbers refer to the SD Physical Layer Simplified Specification.
 */
#include "port/driver/sd/sd_spi.h"

/* Every change of state is in this file. The card is selected in all states but the first four, and
 * in ST_MEASURING while a block is expected. */
enum state {
	ST_ABSENT,     /* tried again every RETRY_MS                                    */
	ST_STARTING,   /* ACMD41 is repeated until it is done                           */
	ST_MEASURING,  /* blocks are read to find the last one                          */
	ST_IDLE,
	ST_BUSY,       /* programs what was sent; `streaming`: CMD25 continues after it */
	ST_WRITING,    /* CMD25 waits for the next block                                */
	ST_READING     /* the card is about to send `reading`; `streaming`: CMD18       */
};

#define START_HZ 400000u

/* Octets clocked while waiting within a call; after that it returns SEAL_PENDING. */
#define POLL_OCTETS 32u

#define RETRY_MS  200u
#define START_MS  1500u /* 4.2.3: a second */
#define BUSY_MS   1000u /* 4.6.2.2: 500 ms */
#define READ_MS   300u  /* 4.6.2.1: 100 ms */
#define CLAIM_MS  100u  /* after which a block that is not fetched is given up */
#define CLOSE_MS  50u   /* a CMD25 without another block is ended */
#define PROBE_MS  1000u /* an idle card is checked for presence */

/* 7.3.1.3 */
#define GO_IDLE       0u
#define IF_COND       8u
#define SEND_CSD      9u
#define STOP          12u
#define SEND_STATUS   13u
#define SET_LEN       16u
#define READ_ONE      17u
#define READ_MANY     18u
#define WRITE_ONE     24u
#define WRITE_MANY    25u
#define START_UP      41u /* after APPLICATION */
#define APPLICATION   55u
#define READ_OCR      58u
#define CRC_ON        59u

#define VOLTAGE_CHECK 0x1aau
#define HIGH_CAPACITY 0x40000000u /* of ACMD41's argument and of the OCR */

#define R1_IDLE       0x01u
#define R1_ILLEGAL    0x04u
#define R1_NONE       0xffu /* no response */

/* 7.3.3 */
#define TOKEN_BLOCK      0xfeu
#define TOKEN_NEXT_BLOCK 0xfcu
#define TOKEN_STOP       0xfdu
#define TOKEN_ECC_FAILED 0x04u
#define TOKEN_ERROR_MAX  0x1fu /* the others report errors; 0 is a line held low */
#define RESPONSE_FORM    0x11u
#define RESPONSE_IS      0x01u
#define RESPONSE_MASK    0x1fu
#define RESPONSE_TAKEN   0x05u

#define CSD_LEN 16u
#define NONE    UINT32_MAX

/* Cards that refuse CMD9 are measured by the bits of the last block's number: up to 4 GB for an
 * SDSC card, whose addresses count octets, and 1 TB for any other. */
#define TOP_BIT_BY_OCTET 22u
#define TOP_BIT          30u

static struct seal_sd *
sd_of(struct seal_block *dev)
{
	return (struct seal_sd *)(void *)dev;
}

/* --- the bus ------------------------------------------------------------------------- */

static void
put(struct seal_sd *sd, const uint8_t *data, size_t len)
{
	sd->spi->ops->transfer(sd->spi, data, NULL, len);
}

static void
take(struct seal_sd *sd, uint8_t *data, size_t len)
{
	sd->spi->ops->transfer(sd->spi, NULL, data, len);
}

static uint8_t
take_octet(struct seal_sd *sd)
{
	uint8_t octet = 0xff;

	take(sd, &octet, 1);
	return octet;
}

static void
skip(struct seal_sd *sd, size_t len)
{
	take(sd, NULL, len);
}

static void
set_select(struct seal_sd *sd, bool on)
{
	sd->spi->ops->select(sd->spi, on);
	skip(sd, 1); /* off: the card releases the line only with the next clock */
}

/* 4.5: x^7 + x^3 + 1, above the bit that ends a command. */
static uint8_t
crc7(const uint8_t *data, size_t len)
{
	uint32_t crc = 0;

	for (; len > 0; len--) {
		crc ^= *data++;
		for (unsigned bit = 0; bit < 8u; bit++)
			crc = crc << 1 ^ ((crc & 0x80u) != 0 ? 0x112u : 0);
	}
	return (uint8_t)(crc | 1u);
}

/* 4.5: x^16 + x^12 + x^5 + 1, eight bits at a time. */
static uint16_t
crc16(const uint8_t *data, size_t len)
{
	uint32_t crc = 0;

	for (; len > 0; len--) {
		uint32_t x = (crc >> 8 ^ *data++) & 0xffu;

		x ^= x >> 4;
		crc = crc << 8 ^ x << 12 ^ x << 5 ^ x;
	}
	return (uint16_t)crc;
}

/* Read a block after its token. False: the octets are not those that the card sent. */
static bool
take_data(struct seal_sd *sd, uint8_t *data, size_t len)
{
	uint8_t crc[2];

	take(sd, data, len);
	take(sd, crc, sizeof crc);
	return !sd->checked || crc16(data, len) == (uint16_t)(crc[0] << 8 | crc[1]);
}

/* Returns its R1. An octet must pass between a response and the next command (7.5.1.1: N_RC); QEMU's
 * card swallows it. */
static uint8_t
command(struct seal_sd *sd, uint8_t which, uint32_t argument)
{
	uint8_t frame[7] = {
		0xff, (uint8_t)(0x40u | which), (uint8_t)(argument >> 24), (uint8_t)(argument >> 16),
		(uint8_t)(argument >> 8), (uint8_t)argument,
	};
	uint8_t r1 = R1_NONE;

	frame[6] = crc7(frame + 1, 5);
	put(sd, frame, sizeof frame);
	if (which == STOP)
		skip(sd, 1); /* 7.3.1.3: not yet the response */
	for (unsigned i = 0; i < 9u && (r1 & 0x80u) != 0; i++)
		r1 = take_octet(sd);
	return (r1 & 0x80u) != 0 ? R1_NONE : r1;
}

/* The first octet that is not `idle`, or `idle`. */
static uint8_t
await(struct seal_sd *sd, uint8_t idle)
{
	uint8_t octet = idle;

	for (unsigned i = 0; i < POLL_OCTETS && octet == idle; i++)
		octet = take_octet(sd);
	return octet;
}

/* The card holds the line low while it is busy. */
static bool
is_ready(struct seal_sd *sd)
{
	for (unsigned i = 0; i < POLL_OCTETS; i++) {
		if (take_octet(sd) == 0xffu)
			return true;
	}
	return false;
}

/* --- states --------------------------------------------------------------------------- */

static void
enter(struct seal_sd *sd, enum state state)
{
	sd->state = (uint8_t)state;
	sd->since_ms = sd->now_ms;
}

static void
go_idle(struct seal_sd *sd)
{
	set_select(sd, false);
	sd->streaming = false;
	sd->unsafe = false;
	enter(sd, ST_IDLE);
}

/* The card does not behave like a card: it is gone, or must be restarted. */
static void
lose(struct seal_sd *sd)
{
	set_select(sd, false);
	if (sd->num_blocks > 0) {
		sd->num_errors++;
		sd->epoch++;
		sd->freeing = true;
	}
	sd->num_blocks = 0;
	sd->streaming = false;
	sd->unsafe = false;
	enter(sd, ST_ABSENT);
}

/* CMD13 reports once what went wrong after the data were taken. After a read that is already known, or
 * is no error (4.3.3: "out of range" after the last block). For a card that refused CMD13 from its
 * start on, as QEMU 10.0's does, it only shows that the card is present. */
static bool
status_is_good(struct seal_sd *sd)
{
	const uint8_t r1 = command(sd, SEND_STATUS, 0);
	const uint8_t r2 = take_octet(sd);

	if (r1 != (sd->mute ? R1_ILLEGAL : 0)) {
		lose(sd);
		return false;
	}
	if (r2 != 0 && sd->unsafe && !sd->mute) {
		sd->num_errors++;
		sd->epoch++;
	}
	return true;
}

/* CMD12. The card may need an octet before it shows that it is busy. */
static void
stop(struct seal_sd *sd)
{
	(void)command(sd, STOP, 0);
	skip(sd, 1);
	sd->streaming = false;
	enter(sd, ST_BUSY);
}

/* The expected block has come, or never will. */
static void
end_reading(struct seal_sd *sd)
{
	if (sd->streaming)
		stop(sd);
	else
		go_idle(sd);
}

/* CMD17 cannot be ended: its block must come and go, or the reason why it does not come. False:
 * neither has come yet. */
static bool
drop_block(struct seal_sd *sd)
{
	const uint8_t token = await(sd, 0xff);

	if (token == 0xffu)
		return false;
	if (token == TOKEN_BLOCK)
		skip(sd, SEAL_BLOCK_SIZE + 2u);
	end_reading(sd);
	return true;
}

/* One step towards ST_IDLE. Its result is for a caller that cannot continue yet. */
static enum seal_status
step(struct seal_sd *sd)
{
	const uint8_t token[2] = { TOKEN_STOP, 0xff };

	switch ((enum state)sd->state) {
	case ST_BUSY:
		if (!is_ready(sd))
			break;
		if (sd->streaming)
			enter(sd, ST_WRITING);
		else if (status_is_good(sd))
			go_idle(sd);
		break;
	case ST_WRITING:
		if (sd->next_write == NONE) {
			stop(sd); /* 7.2.4: after an error only CMD12 ends it */
			break;
		}
		put(sd, token, sizeof token);
		sd->streaming = false;
		enter(sd, ST_BUSY);
		break;
	case ST_READING:
		if (sd->streaming)
			stop(sd);
		else
			(void)drop_block(sd);
		break;
	case ST_ABSENT:
	case ST_STARTING:
	case ST_MEASURING:
		return SEAL_E_SPOOL;
	case ST_IDLE:
		break;
	}
	return SEAL_PENDING;
}

/* End what is under way, except a block that another caller is about to fetch. */
static enum seal_status
make_idle(struct seal_sd *sd)
{
	enum seal_status status = SEAL_PENDING;

	for (unsigned i = 0; i < 3u && sd->state != ST_IDLE && status == SEAL_PENDING; i++) {
		if (sd->state == ST_READING && sd->wanted && sd->now_ms - sd->since_ms < CLAIM_MS)
			return SEAL_PENDING;
		status = step(sd);
	}
	return sd->state == ST_IDLE ? SEAL_OK : status;
}

/* --- blocks --------------------------------------------------------------------------- */

static uint32_t
sd_num_blocks(struct seal_block *dev)
{
	return sd_of(dev)->num_blocks;
}

static uint32_t
sd_epoch(struct seal_block *dev)
{
	return sd_of(dev)->epoch;
}

static uint32_t
address(const struct seal_sd *sd, uint32_t block)
{
	return sd->by_octet ? block * SEAL_BLOCK_SIZE : block;
}

/* SEAL_OK: the card has taken the command. */
static enum seal_status
begin(struct seal_sd *sd, uint8_t which, uint32_t block)
{
	set_select(sd, true);
	if (command(sd, which, address(sd, block)) == 0)
		return SEAL_OK;
	lose(sd);
	return SEAL_E_SPOOL;
}

static enum seal_status
send_block(struct seal_sd *sd, uint32_t block, const uint8_t *data)
{
	const uint8_t token[2] = { 0xff, sd->streaming ? TOKEN_NEXT_BLOCK : TOKEN_BLOCK };
	const uint16_t sum = crc16(data, SEAL_BLOCK_SIZE);
	const uint8_t crc[2] = { (uint8_t)(sum >> 8), (uint8_t)sum };
	uint8_t response;

	put(sd, token, sizeof token);
	put(sd, data, SEAL_BLOCK_SIZE);
	put(sd, crc, sizeof crc);
	response = await(sd, 0xff);
	if ((response & RESPONSE_FORM) != RESPONSE_IS) {
		lose(sd);
		return SEAL_E_SPOOL;
	}
	enter(sd, ST_BUSY);
	if ((response & RESPONSE_MASK) == RESPONSE_TAKEN) {
		sd->next_write = block + 1u;
		sd->unsafe = true;
		return SEAL_OK;
	}
	sd->next_write = NONE;
	sd->unsafe = false; /* CMD13 has reported on it */
	sd->num_errors++;
	if (sd->streaming)
		sd->epoch++; /* 7.2.4: which earlier blocks are in doubt too is unknown */
	return SEAL_E_SPOOL;
}

static enum seal_status
sd_write(struct seal_block *dev, uint32_t block, const uint8_t data[SEAL_BLOCK_SIZE])
{
	struct seal_sd *sd = sd_of(dev);
	enum seal_status status;

	if (sd->num_blocks == 0)
		return SEAL_E_SPOOL;
	if (block >= sd->num_blocks)
		return SEAL_E_LIMIT;
	if (sd->state == ST_BUSY)
		(void)step(sd);
	if (sd->state == ST_WRITING && block == sd->next_write)
		return send_block(sd, block, data);
	status = make_idle(sd);
	if (status != SEAL_OK)
		return status;
	status = begin(sd, block == sd->next_write ? WRITE_MANY : WRITE_ONE, block);
	if (status != SEAL_OK)
		return status;
	sd->streaming = block == sd->next_write;
	return send_block(sd, block, data);
}

static enum seal_status
fetch_block(struct seal_sd *sd, uint8_t *data)
{
	const uint8_t token = await(sd, 0xff);

	sd->wanted = true;
	if (token == 0xffu)
		return SEAL_PENDING;
	sd->wanted = false;
	if (token != TOKEN_BLOCK && (token == 0 || token > TOKEN_ERROR_MAX)) {
		lose(sd);
		return SEAL_E_SPOOL;
	}
	if (token != TOKEN_BLOCK || !take_data(sd, data, SEAL_BLOCK_SIZE)) {
		sd->num_errors++;
		sd->next_read = NONE;
		if (sd->streaming)
			stop(sd);
		else
			enter(sd, ST_BUSY); /* its status is cleared once it is read */
		return SEAL_E_SPOOL;
	}
	sd->next_read = ++sd->reading;
	if (!sd->streaming || sd->reading == sd->num_blocks)
		end_reading(sd);
	else
		enter(sd, ST_READING);
	return SEAL_OK;
}

static enum seal_status
sd_read(struct seal_block *dev, uint32_t block, uint8_t data[SEAL_BLOCK_SIZE])
{
	struct seal_sd *sd = sd_of(dev);
	enum seal_status status;

	if (sd->num_blocks == 0)
		return SEAL_E_SPOOL;
	if (block >= sd->num_blocks)
		return SEAL_E_LIMIT;
	if (sd->state != ST_READING || sd->reading != block) {
		status = make_idle(sd);
		if (status != SEAL_OK)
			return status;
		status = begin(sd, block == sd->next_read ? READ_MANY : READ_ONE, block);
		if (status != SEAL_OK)
			return status;
		sd->streaming = block == sd->next_read;
		sd->reading = block;
		enter(sd, ST_READING);
	}
	return fetch_block(sd, data);
}

/* A card that is reading has nothing to be made safe. */
static enum seal_status
sd_sync(struct seal_block *dev)
{
	struct seal_sd *sd = sd_of(dev);

	if (sd->num_blocks == 0)
		return SEAL_E_SPOOL;
	return sd->state == ST_READING ? SEAL_OK : make_idle(sd);
}

/* --- insertion and removal ------------------------------------------------------------------- */

static uint32_t
bits(const uint8_t csd[CSD_LEN], unsigned high, unsigned low)
{
	uint32_t value = 0;

	for (unsigned bit = high + 1u; bit-- > low;)
		value = value << 1 | ((uint32_t)csd[CSD_LEN - 1u - bit / 8u] >> bit % 8u & 1u);
	return value;
}

/* 5.3.2, 5.3.3; 0 for an unknown structure. */
static uint32_t
blocks_of(const uint8_t csd[CSD_LEN])
{
	const uint32_t structure = bits(csd, 127, 126);
	unsigned shift;

	if (structure == 1u)
		return (bits(csd, 69, 48) + 1u) * 1024u;
	shift = bits(csd, 49, 47) + 2u + bits(csd, 83, 80);
	if (structure != 0 || shift < 9u || shift > 9u + 12u)
		return 0;
	return (bits(csd, 73, 62) + 1u) << (shift - 9u);
}

/* The CSD's number of blocks, or 0. */
static uint32_t
read_capacity(struct seal_sd *sd)
{
	uint8_t csd[CSD_LEN];

	if (command(sd, SEND_CSD, 0) != 0 || await(sd, 0xff) != TOKEN_BLOCK || !take_data(sd, csd, sizeof csd))
		return 0;
	return blocks_of(csd);
}

static void
begin_work(struct seal_sd *sd, uint32_t num_blocks)
{
	sd->num_blocks = num_blocks;
	sd->num_starts++;
	sd->epoch++;
	sd->next_write = NONE;
	sd->next_read = NONE;
	sd->wanted = false;
	go_idle(sd);
	sd->spi->ops->clock(sd->spi, sd->hz);
}

/* In some cards, and in QEMU, the response to CMD58 still has the idle bit. The capacity that a card
 * of version 1 reports is reserved. A card that refuses CMD59 may send any CRC. */
static void
find_geometry(struct seal_sd *sd)
{
	uint8_t ocr[4];
	uint32_t num_blocks;

	if ((command(sd, READ_OCR, 0) & ~R1_IDLE) != 0) {
		lose(sd);
		return;
	}
	take(sd, ocr, sizeof ocr);
	sd->by_octet = !sd->version_2 || (ocr[0] & 0x40u) == 0;
	sd->checked = command(sd, CRC_ON, 1) == 0;
	sd->mute = command(sd, SEND_STATUS, 0) == R1_ILLEGAL;
	skip(sd, 1); /* the rest of the status */
	if (sd->by_octet && command(sd, SET_LEN, SEAL_BLOCK_SIZE) != 0) {
		lose(sd);
		return;
	}
	num_blocks = read_capacity(sd);
	if (num_blocks > 0) {
		begin_work(sd, num_blocks);
		return;
	}
	set_select(sd, false);
	sd->bit = sd->by_octet ? TOP_BIT_BY_OCTET : TOP_BIT;
	sd->reading = 1u << sd->bit;
	sd->wanted = false;
	enter(sd, ST_MEASURING);
}

/* Check once whether the card has the block `reading`. A block that it cannot read exists; for one
 * that does not exist the card may refuse, send an error token, or send nothing (QEMU). */
static void
measure(struct seal_sd *sd)
{
	uint8_t token = TOKEN_ERROR_MAX;

	if (!sd->wanted) {
		set_select(sd, true);
		sd->wanted = command(sd, READ_ONE, address(sd, sd->reading)) == 0;
		enter(sd, ST_MEASURING);
	}
	if (sd->wanted) {
		token = await(sd, 0xff);
		if (token == 0xffu && sd->now_ms - sd->since_ms < READ_MS)
			return;
	}
	if (token == TOKEN_BLOCK)
		skip(sd, SEAL_BLOCK_SIZE + 2u);
	else if (token != TOKEN_ECC_FAILED)
		sd->reading &= ~(1u << sd->bit);
	sd->wanted = false;
	if (sd->bit > 0) {
		set_select(sd, false);
		sd->reading |= 1u << --sd->bit;
	} else if (sd->reading == 0) {
		lose(sd);
	} else if (status_is_good(sd)) { /* it sent nothing, but it is not gone */
		begin_work(sd, sd->reading + 1u);
	}
}

/* A card that stayed powered while we restarted, or while we lost it, may be in the middle of
 * CMD24, CMD25 or CMD18 and accept no other command: end them all, at full speed. */
static void
free_card(struct seal_sd *sd)
{
	const uint8_t token[2] = { TOKEN_STOP, 0xff };

	sd->spi->ops->clock(sd->spi, sd->hz);
	set_select(sd, true);
	skip(sd, SEAL_BLOCK_SIZE + 8u);
	put(sd, token, sizeof token);
	(void)command(sd, STOP, 0);
	(void)is_ready(sd);
	set_select(sd, false);
}

/* 7.2.1. A freshly powered card wants no clock above START_HZ and no select before that (6.4.1); one
 * that is in the middle of a command needs both: the two ways alternate. */
static void
try_start(struct seal_sd *sd)
{
	uint8_t echo[4];
	uint8_t r1;

	if (sd->freeing)
		free_card(sd);
	sd->freeing = !sd->freeing;
	sd->spi->ops->clock(sd->spi, START_HZ);
	skip(sd, 10);
	set_select(sd, true);
	if (command(sd, GO_IDLE, 0) != R1_IDLE) {
		lose(sd);
		return;
	}
	r1 = command(sd, IF_COND, VOLTAGE_CHECK);
	if ((r1 & R1_ILLEGAL) == 0) {
		take(sd, echo, sizeof echo);
		if (r1 != R1_IDLE || (echo[2] & 0x0fu) != VOLTAGE_CHECK >> 8 || echo[3] != (VOLTAGE_CHECK & 0xffu)) {
			lose(sd);
			return;
		}
	}
	set_select(sd, false);
	sd->version_2 = (r1 & R1_ILLEGAL) == 0;
	enter(sd, ST_STARTING);
}

static void
go_on_starting(struct seal_sd *sd)
{
	uint8_t r1;

	set_select(sd, true);
	r1 = command(sd, APPLICATION, 0);
	if ((r1 & ~R1_IDLE) == 0)
		r1 = command(sd, START_UP, sd->version_2 ? HIGH_CAPACITY : 0);
	if (r1 == 0)
		find_geometry(sd);
	else if (r1 == R1_IDLE && sd->now_ms - sd->since_ms < START_MS)
		set_select(sd, false);
	else
		lose(sd);
}

/* Is it still present? */
static void
probe(struct seal_sd *sd)
{
	set_select(sd, true);
	if (status_is_good(sd))
		go_idle(sd);
}

void
seal_sd_poll(struct seal_sd *sd, uint64_t now_ms)
{
	uint64_t waited;

	sd->now_ms = now_ms;
	waited = now_ms - sd->since_ms;
	switch ((enum state)sd->state) {
	case ST_ABSENT:
		if (waited >= RETRY_MS)
			try_start(sd);
		break;
	case ST_STARTING:
		go_on_starting(sd);
		break;
	case ST_MEASURING:
		measure(sd);
		break;
	case ST_IDLE:
		if (waited >= PROBE_MS)
			probe(sd);
		break;
	case ST_BUSY:
		if (waited >= BUSY_MS)
			lose(sd);
		else
			(void)step(sd);
		break;
	case ST_WRITING:
		if (waited >= CLOSE_MS)
			(void)step(sd);
		break;
	case ST_READING:
		if (waited < READ_MS)
			break;
		if (sd->streaming && !sd->wanted)
			stop(sd);
		else if (!drop_block(sd))
			lose(sd);
		break;
	}
}

static const struct seal_block_ops OPS = {
	.num_blocks = sd_num_blocks,
	.epoch = sd_epoch,
	.write = sd_write,
	.read = sd_read,
	.sync = sd_sync,
};

void
seal_sd_init(struct seal_sd *sd, struct seal_spi *spi, uint32_t hz)
{
	*sd = (struct seal_sd){ .block = { &OPS }, .spi = spi, .hz = hz, .state = ST_ABSENT };
}
