/* SPDX-License-Identifier: Apache-2.0
 *
 * uart_16550.c - the 16550 and what is made like it, registers 4 octets apart.
 */
#include "port/driver/uart/uart.h"

#define THR 0x00u
#define DLL 0x00u
#define DLM 0x04u
#define IER 0x04u
#define FCR 0x08u
#define LCR 0x0cu
#define LSR 0x14u

#define LCR_8N1  3u
#define LCR_DLAB 0x80u
#define LSR_THRE 0x20u

static volatile uint32_t *
at(const struct seal_uart *uart, uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(uart->base + offset);
}

static void
start(const struct seal_uart *uart, uint32_t baud)
{
	const uint32_t divisor = (uart->hz / 16u + baud / 2u) / baud;

	*at(uart, LCR) = LCR_DLAB | LCR_8N1;
	*at(uart, DLL) = divisor & 0xffu;
	*at(uart, DLM) = divisor >> 8;
	*at(uart, LCR) = LCR_8N1;
	*at(uart, IER) = 0;
	*at(uart, FCR) = 7;
}

static bool
put(const struct seal_uart *uart, uint8_t octet)
{
	if ((*at(uart, LSR) & LSR_THRE) == 0)
		return false;
	*at(uart, THR) = octet;
	return true;
}

const struct seal_uart_ops seal_uart_16550 = { start, put };
