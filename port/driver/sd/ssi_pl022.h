/* SPDX-License-Identifier: Apache-2.0
 *
 * ssi_pl022.h - an SPI bus on ARM's PL022 (SSI of the Stellaris), chip select by a GPIO.
 */
#ifndef PORT_DRIVER_SD_SSI_PL022_H
#define PORT_DRIVER_SD_SSI_PL022_H

#include "port/driver/sd/spi.h"

struct seal_ssi {
	struct seal_spi spi;        /* first */
	uintptr_t base;
	uint32_t input_hz;          /* what clocks the PL022                              */
	uintptr_t select;           /* register of the select line alone (a masked GPIO data */
	uint32_t select_on;         /* register), the value that selects                   */
	uint32_t select_off;        /* and the one that does not                           */
};

/* The board must have enabled the block's clock and set up its pins. */
void seal_ssi_init(struct seal_ssi *s, uintptr_t base, uint32_t input_hz, uintptr_t select,
                   uint32_t select_on, uint32_t select_off);

#endif
