/* SPDX-License-Identifier: Apache-2.0
 *
 * i2c_sbcon.h - Arm's SBCon, an I2C controller that consists of two bits, at 100 kHz or less.
 */
#ifndef PORT_DRIVER_EEPROM_I2C_SBCON_H
#define PORT_DRIVER_EEPROM_I2C_SBCON_H

#include "port/driver/eeprom/i2c.h"

struct seal_sbcon {
	struct seal_i2c bus;        /* first */
	uintptr_t base;
	uint32_t half_period;       /* in reads of its register */
};

/* `cpu_hz` is that of the processor. */
void seal_sbcon_init(struct seal_sbcon *s, uintptr_t base, uint32_t cpu_hz);

#endif
