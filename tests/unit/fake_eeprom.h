/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_eeprom.h - a serial EEPROM at the end of two lines, with all that such lines are used for.
 */
#ifndef TESTS_UNIT_FAKE_EEPROM_H
#define TESTS_UNIT_FAKE_EEPROM_H

#include "port/driver/eeprom/i2c.h"

#define FAKE_EEPROM_PAGE    32u
#define FAKE_EEPROM_ADDRESS 0x57u

struct fake_eeprom {
	struct seal_i2c bus;        /* first */
	uint8_t *memory;
	uint32_t size;
	uint32_t silence;           /* after a page it ignores this many address octets          */
	uint32_t num_clocks;        /* ever                                                      */
	uint32_t num_pages;         /* ever written                                              */
	uint32_t refuse_at;         /* counts down with each octet it takes; no acknowledge at 0 */
	uint32_t gone_at;           /* counts down with each clock; at 0 it is gone, 0: stays    */
	uint32_t cut_at;            /* counts down with each page; power goes in that at 0       */
	uint32_t cut_len;           /* octets of that page that get there; others are 0xff       */
	bool gone;                  /* nothing holds the lines                                   */
	bool stuck;                 /* something holds SDA forever                               */

	/* the chip's own */
	bool scl, sda, holds, acknowledges;
	enum { FAKE_EEPROM_STOPPED, FAKE_EEPROM_CALLED, FAKE_EEPROM_TAKES, FAKE_EEPROM_GIVES } state;
	uint32_t num_bits;          /* of nine */
	uint8_t octet;
	uint32_t num_octets;        /* after its address */
	uint32_t at;
	uint8_t page[FAKE_EEPROM_PAGE];
	uint32_t page_len;
	uint32_t silent;
};

/* Nothing will happen to it. */
void fake_eeprom_init(struct fake_eeprom *f, uint8_t *memory, uint32_t size);

/* Power comes: octets in transit and planned faults are forgotten. */
void fake_eeprom_power(struct fake_eeprom *f);

#endif
