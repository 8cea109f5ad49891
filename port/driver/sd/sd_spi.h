/* SPDX-License-Identifier: Apache-2.0
 *
 * sd_spi.h - an SD card (SDSC, SDHC, SDXC) in SPI mode as a medium of blocks.
 *
 *	init -> poll, poll, poll ... and the calls of block.h in between
 *
 * The card may be missing, pulled out or put back at any time: poll notices it and starts the
 * card again. No call moves more than one block and two hundred octets on the bus; while the
 * card is busy, calls return SEAL_PENDING. Blocks in sequence are written with CMD25 and read
 * with CMD18, single ones with CMD24 and CMD17.
 */
#ifndef PORT_DRIVER_SD_SD_SPI_H
#define PORT_DRIVER_SD_SD_SPI_H

#include "port/contract/block.h"
#include "port/driver/sd/spi.h"

/* Opaque except for the counters. */
struct seal_sd {
	struct seal_block block;    /* first                                                */
	struct seal_spi *spi;
	uint32_t hz;
	uint64_t now_ms;            /* of the last poll                                     */
	uint64_t since_ms;          /* when the current wait began                          */
	uint32_t num_blocks;
	uint32_t epoch;
	uint32_t next_write;        /* the block after the one written last                 */
	uint32_t next_read;
	uint32_t reading;           /* the block that the card is about to send             */
	uint8_t state;
	bool streaming;             /* CMD25 or CMD18 is still open                         */
	uint8_t bit;                /* of `reading`: found next, while the card is measured */
	bool wanted;                /* a caller wants `reading`                             */
	bool by_octet;              /* SDSC: addresses count octets                         */
	bool version_2;             /* it knew CMD8                                         */
	bool checked;               /* both sides check CRCs                                */
	bool mute;                  /* it refuses to report its status                      */
	bool unsafe;                /* blocks were written and their status is unread       */
	bool freeing;               /* the next start frees the card first                  */
	uint32_t num_starts;        /* how often a card was started                         */
	uint32_t num_errors;        /* time-outs, refused writes, unreadable blocks         */
};

/* `spi` is lent for good, `hz` the fastest clock that the wiring takes (cards: 25 MHz). */
void seal_sd_init(struct seal_sd *sd, struct seal_spi *spi, uint32_t hz);

/* Once per tick: about 10 ms. A card that is inserted is ready after at most some hundred ticks;
 * until then it has no blocks. */
void seal_sd_poll(struct seal_sd *sd, uint64_t now_ms);

#endif
