/* SPDX-License-Identifier: Apache-2.0
 *
 * pl011.c - Arm PL011 (DDI 0183), 3.2.
 */
#include "port/driver/uart/uart.h"

#define DR   0x00u
#define FR   0x18u
#define IBRD 0x24u
#define FBRD 0x28u
#define LCRH 0x2cu
#define CR   0x30u
#define IMSC 0x38u

#define FR_TXFF (1u << 5)

static volatile uint32_t *
pl011_at(const struct seal_uart *uart, uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(uart->base + offset);
}

static void
pl011_start(const struct seal_uart *uart, uint32_t baud)
{
	const uint32_t divisor = (uart->hz * 4u + baud / 2u) / baud;    /* in 64ths */

	*pl011_at(uart, CR) = 0;
	*pl011_at(uart, IMSC) = 0;
	*pl011_at(uart, IBRD) = divisor >> 6;
	*pl011_at(uart, FBRD) = divisor & 63u;
	*pl011_at(uart, LCRH) = 3u << 5 | 1u << 4;    /* 8 bits, FIFO */
	*pl011_at(uart, CR) = 1u << 8 | 1u;           /* send */
}

static bool
pl011_put(const struct seal_uart *uart, uint8_t octet)
{
	if ((*pl011_at(uart, FR) & FR_TXFF) != 0)
		return false;
	*pl011_at(uart, DR) = octet;
	return true;
}

const struct seal_uart_ops seal_uart_pl011 = { pl011_start, pl011_put };
