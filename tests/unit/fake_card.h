/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_card.h - an SD card on an SPI bus, octet by octet, as slow as it is told to be.
 */
#ifndef TESTS_UNIT_FAKE_CARD_H
#define TESTS_UNIT_FAKE_CARD_H

#include "port/contract/block.h"
#include "port/driver/sd/spi.h"

enum fake_card_kind {
	FAKE_CARD_V1,       /* knows no CMD8; addresses count octets */
	FAKE_CARD_SC,
	FAKE_CARD_HC
};

struct fake_card {
	struct seal_spi spi;        /* first */
	uint8_t (*blocks)[SEAL_BLOCK_SIZE];
	uint32_t num_blocks;        /* of V1 and SC: a multiple of 4, of HC: what the CSD says less */
	enum fake_card_kind kind;
	uint32_t delay;             /* octets before the answer to a command, 0..7 */
	uint32_t latency;           /* and before a block that is read             */
	uint32_t busy;              /* and after one that was written              */
	uint32_t num_start_up;      /* ACMD41 says "not yet" so often              */
	uint32_t gone_at;           /* counts down with each octet; at 0 the card is pulled, 0: stays */
	bool gone;
	bool fails_status;          /* CMD13 tells of an error, once               */
	uint32_t num_octets;        /* ever exchanged                              */
	uint32_t num_commands[64];

	/* the card's own */
	bool selected, ready, application;
	uint8_t frame[6];
	uint32_t frame_len;
	uint8_t out[SEAL_BLOCK_SIZE + 32u];
	uint32_t out_at, out_len;
	uint32_t wait;              /* octets until `out`           */
	uint32_t busy_left;
	uint32_t start_up_left;
	uint32_t block;             /* that is read or written next */
	uint32_t data_len;
	enum { FAKE_CARD_IDLE, FAKE_CARD_READS, FAKE_CARD_AWAITS, FAKE_CARD_TAKES } state;
	bool many;
};

/* A card with power, that was not started. */
void fake_card_init(struct fake_card *c, enum fake_card_kind kind, uint8_t (*blocks)[SEAL_BLOCK_SIZE],
                    uint32_t num_blocks);

/* Put in again: without memory of what was. */
void fake_card_insert(struct fake_card *c);

#endif
