/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_card.h - an SD card on an SPI bus, octet by octet, as slow as configured. It takes
 * no command with a wrong CRC7, and after CMD59 no block with a wrong CRC16.
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

/* What a card does with a block that it does not have. */
enum fake_card_beyond {
	FAKE_CARD_TOKEN,            /* error token: out of range */
	FAKE_CARD_ADDRESS_ERROR,    /* R1                        */
	FAKE_CARD_PARAMETER_ERROR,  /* R1                        */
	FAKE_CARD_SILENCE           /* R1 is good, no token      */
};

enum fake_card_cmd8 {
	FAKE_CARD_ECHO,
	FAKE_CARD_ILLEGAL,          /* as V1                     */
	FAKE_CARD_NO_ANSWER,
	FAKE_CARD_WRONG_ECHO,
	FAKE_CARD_WRONG_VOLTAGE
};

struct fake_card {
	struct seal_spi spi;        /* first */
	uint8_t (*blocks)[SEAL_BLOCK_SIZE];
	uint32_t num_blocks;        /* of V1 and SC: a multiple of 4, of HC: what the CSD says less */
	enum fake_card_kind kind;
	uint32_t delay;             /* octets before the answer to a command, 0..8 */
	uint32_t latency;           /* and before a block that is read             */
	uint32_t busy;              /* and after one that was written              */
	uint32_t num_start_up;      /* ACMD41 returns "not yet" this often         */
	uint32_t gone_at;           /* counts down with each octet; at 0 the card is pulled, 0: stays */
	bool gone;
	bool fails_status;          /* CMD13 reports an error, once                */
	bool refuses_csd;           /* CMD9 is illegal, as for QEMU 10.0           */
	bool refuses_status;        /* so is CMD13                                 */
	bool spoils_csd;            /* CMD9's octets arrive wrong                  */
	uint32_t csd_structure;     /* of the CSD, where it is not 0: not ours     */
	bool refuses_crc;           /* CMD59 is illegal, and no CRC is ever right  */
	bool late_busy;             /* an octet passes between R1 of CMD12 and busy */
	bool forgets_no_error;      /* an error is in R2 until CMD13 has read it   */
	bool is_mmc;                /* CMD55 is illegal                            */
	bool odd_ocr;               /* bit 30 of a V1's OCR is set                 */
	bool flags_end;             /* reading the last block by CMD18 sets "out of range" */
	bool wants_quiet;           /* see num_loud                                */
	uint32_t bad_block;         /* answered by "card ECC failed"; 0: none      */
	uint32_t bad_write;         /* refused, once; 0: none                      */
	enum fake_card_beyond beyond;
	enum fake_card_cmd8 cmd8;
	uint32_t num_octets;        /* ever exchanged                              */
	uint32_t num_commands[64];
	uint32_t num_bad_crcs;      /* of commands and blocks                      */
	uint32_t num_ignored;       /* octets that came for a CMD25 after its error */
	uint32_t num_loud;          /* octets between power and CMD0 that were selected or above
	                             * 400 kHz                                     */

	/* the card's own */
	bool selected, ready, application, crc_on, powered;
	uint32_t hz;
	uint32_t num_clocks;        /* before it was selected first */
	uint32_t block_len;         /* of SC and V1; not ours before CMD16 */
	uint8_t r2;
	uint16_t crc;               /* of the block that comes in   */
	uint8_t frame[6];
	uint32_t frame_len;
	uint8_t out[SEAL_BLOCK_SIZE + 32u];
	uint32_t out_at, out_len;
	uint8_t in[SEAL_BLOCK_SIZE];
	uint32_t wait;              /* octets until `out`           */
	uint32_t busy_left;
	uint32_t start_up_left;
	uint32_t block;             /* that is read or written next */
	uint32_t data_len;
	enum { FAKE_CARD_IDLE, FAKE_CARD_READS, FAKE_CARD_AWAITS, FAKE_CARD_TAKES, FAKE_CARD_FAILED } state;
	bool many;
};

/* A card with power, that was not started. */
void fake_card_init(struct fake_card *c, enum fake_card_kind kind, uint8_t (*blocks)[SEAL_BLOCK_SIZE],
                    uint32_t num_blocks);

/* Insert it again: it has lost its state. */
void fake_card_insert(struct fake_card *c);

#endif
