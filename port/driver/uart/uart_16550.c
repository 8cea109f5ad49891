/* SPDX-License-Identifier: Apache-2.0
 *
 * uart_16550.c - the 16550 and compatible UARTs, registers 4 octets apart.
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
uart_16550_at(const struct seal_uart *uart, uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(uart->base + offset);
}

static void
uart_16550_start(const struct seal_uart *uart, uint32_t baud)
{
	const uint32_t divisor = (uart->hz / 16u + baud / 2u) / baud;

	*uart_16550_at(uart, LCR) = LCR_DLAB | LCR_8N1;
	*uart_16550_at(uart, DLL) = divisor & 0xffu;
	*uart_16550_at(uart, DLM) = divisor >> 8;
	*uart_16550_at(uart, LCR) = LCR_8N1;
	*uart_16550_at(uart, IER) = 0;
	*uart_16550_at(uart, FCR) = 7;
}

static bool
uart_16550_put(const struct seal_uart *uart, uint8_t octet)
{
	if ((*uart_16550_at(uart, LSR) & LSR_THRE) == 0)
		return false;
	*uart_16550_at(uart, THR) = octet;
	return true;
}

const struct seal_uart_ops seal_uart_16550 = { uart_16550_start, uart_16550_put };
