/* SPDX-License-Identifier: Apache-2.0
 *
 * at24c.h - a serial EEPROM of the 24 series with two address octets (24C32 to 24C512) as a
 * medium of blocks, for a store that is rarely written.
 *
 * No call moves more than a page of 32 octets, which takes 4 ms at 100 kHz. A block is
 * PENDING sixteen times, and while the chip programs a page.
 */
#ifndef PORT_DRIVER_EEPROM_AT24C_H
#define PORT_DRIVER_EEPROM_AT24C_H

#include <stdbool.h>

#include "port/contract/block.h"
#include "port/driver/eeprom/i2c.h"

#define SEAL_AT24C_PAGE 32u /* octets: the smallest of the series */

/* Opaque. */
struct seal_at24c {
	struct seal_block block;    /* first                       */
	struct seal_i2c *bus;
	uint8_t address;
	bool answers;
	uint8_t doing;
	uint16_t done;              /* octets of the block         */
	uint16_t num_tries;         /* in a row without a response */
	uint32_t which;             /* the block in transfer       */
	uint32_t num_blocks;        /* of the chip                 */
	uint32_t epoch;
	uint8_t data[SEAL_BLOCK_SIZE]; /* of that block            */
};

/* `bus` is lent for good, `address` has seven bits, `size` is in octets. False: no chip responds,
 * which takes 60 ms to find out; the device may still be used, because a chip may come. */
bool seal_at24c_init(struct seal_at24c *e, struct seal_i2c *bus, uint8_t address, uint32_t size);

#endif
