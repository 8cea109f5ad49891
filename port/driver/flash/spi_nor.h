/* SPDX-License-Identifier: Apache-2.0
 *
 * spi_nor.h - a serial NOR flash (25-series commands, three address octets) on the SPI
 * controller of the SmartFusion2.
 *
 * As a medium of blocks (block.h) it has one block for each erase sector, and uses that sector's
 * first octets: for a store that is rarely written and must not lose the neighbouring block. A
 * write erases, programs and is then safe; it is PENDING while the flash works (a second).
 */
#ifndef PORT_DRIVER_FLASH_SPI_NOR_H
#define PORT_DRIVER_FLASH_SPI_NOR_H

#include <stdbool.h>
#include <stddef.h>

#include "port/contract/block.h"

#define SEAL_NOR_PAGE   256u   /* octets that one command programs */
#define SEAL_NOR_SECTOR 65536u /* octets that one command erases   */

struct seal_nor {
	struct seal_block block;    /* first                     */
	uintptr_t base;
	uint32_t num_sectors;       /* 0: no flash responds      */
	uint32_t writing;           /* the block that is written */
	uint8_t step;               /* and how far               */
};

/* Reset the controller, wait until the flash has finished an erase that a reset of the processor
 * interrupted, and read its size. `num_sectors` is 0 if no flash responds or it reports no size. */
void seal_nor_init(struct seal_nor *n, uintptr_t base);

/* The three octets of the JEDEC identification: manufacturer, type, size as a power of two. */
uint32_t seal_nor_id(struct seal_nor *n);

/* The flash is still erasing or programming. No function below may be called meanwhile. */
bool seal_nor_busy(struct seal_nor *n);

/* Each starts and does not wait, except for its octets on the bus. `len` ends at the end of the
 * page at most; bits only change from 1 to 0. */
void seal_nor_erase(struct seal_nor *n, uint32_t address);
void seal_nor_program(struct seal_nor *n, uint32_t address, const uint8_t *data, size_t len);
void seal_nor_read(struct seal_nor *n, uint32_t address, uint8_t *data, size_t len);

/* Read any number of octets; returns when they are read. False: the flash does not have that many. */
bool seal_nor_load(struct seal_nor *n, uint32_t address, uint8_t *data, size_t len);

#endif
