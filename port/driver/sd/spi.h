/* SPDX-License-Identifier: Apache-2.0
 *
 * spi.h - one device on an SPI bus (mode 0, eight bits, most significant first).
 */
#ifndef PORT_DRIVER_SD_SPI_H
#define PORT_DRIVER_SD_SPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seal_spi;

struct seal_spi_ops {
	/* The fastest clock that is not above `hz`. */
	void (*clock)(struct seal_spi *spi, uint32_t hz);

	/* Chip select. */
	void (*select)(struct seal_spi *spi, bool on);

	/* Exchange `len` octets, waiting for them. If `out` is NULL, 0xFF is sent; if `in` is NULL, what
	 * comes is dropped. `in` may be `out`. */
	void (*transfer)(struct seal_spi *spi, const uint8_t *out, uint8_t *in, size_t len);
};

/* First member of every implementation's own structure. */
struct seal_spi {
	const struct seal_spi_ops *ops;
};

#endif
