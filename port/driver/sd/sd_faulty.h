/* SPDX-License-Identifier: Apache-2.0
 *
 * sd_faulty.h - a bus to an SD card (sd_spi.h) that fails on demand, for tests: the driver above
 * it and the card below it are the real ones. QEMU's own cards never fail.
 */
#ifndef PORT_DRIVER_SD_SD_FAULTY_H
#define PORT_DRIVER_SD_SD_FAULTY_H

#include "port/driver/sd/sd_spi.h"
#include "port/driver/sd/spi.h"

enum seal_sd_fault {
	SEAL_SD_SOUND,
	SEAL_SD_GONE,       /* no response, as if the card were pulled out              */
	SEAL_SD_STUCK,      /* the card is busy forever                                 */
	SEAL_SD_REFUSES,    /* "write error" for each block                             */
	SEAL_SD_UNREADABLE, /* an error token instead of each block                     */
	SEAL_SD_FLIPS,      /* one bit of each block that is read, with a CRC that fits */
	SEAL_SD_SILENT,     /* no token comes before a block that is read               */
	SEAL_SD_SLOW,       /* busy for `times` octets after each block that is written */
	SEAL_SD_NOISE       /* one bit of each block that is read, on the wire          */
};

struct seal_sd_faulty {
	struct seal_spi spi;        /* first                                         */
	struct seal_spi *real;
	uint32_t after;             /* blocks that still pass before it strikes      */
	uint32_t times;             /* how many more times it strikes: a block, or a transfer if the
	                             * card is gone or stuck; 0: until the next call */
	uint8_t fault;
	bool refuse;
	bool written;
	bool flipped;
	uint32_t busy;
	uint32_t num_struck;
};

/* `real` is lent for good. */
void seal_sd_faulty_init(struct seal_sd_faulty *f, struct seal_spi *real);

/* From now on, after `after` more blocks written or read, until the next call. */
void seal_sd_faulty_set(struct seal_sd_faulty *f, enum seal_sd_fault fault, uint32_t after);

/* In a firmware for tests this is linked where a board calls seal_sd_init (board/boards.mk). Its
 * one bus is seal_sd_faulty_bus; a debugger sets its `after`, `times` and `fault`. */
extern struct seal_sd_faulty seal_sd_faulty_bus;
void seal_sd_faulty_card(struct seal_sd *sd, struct seal_spi *spi, uint32_t hz);

#endif
