/* SPDX-License-Identifier: Apache-2.0
 *
 * cmsdk.c - the UART of Arm's Cortex-M System Design Kit (DDI 0479), 4.3.
 */
#include "port/driver/uart/uart.h"

#define DATA    0x00u
#define STATE   0x04u
#define CTRL    0x08u
#define BAUDDIV 0x10u

#define STATE_TX_FULL 1u
#define CTRL_TX       1u

static volatile uint32_t *
cmsdk_at(const struct seal_uart *uart, uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(uart->base + offset);
}

static void
cmsdk_start(const struct seal_uart *uart, uint32_t baud)
{
	*cmsdk_at(uart, CTRL) = 0;
	*cmsdk_at(uart, BAUDDIV) = uart->hz / baud;
	*cmsdk_at(uart, CTRL) = CTRL_TX;
}

static bool
cmsdk_put(const struct seal_uart *uart, uint8_t octet)
{
	if ((*cmsdk_at(uart, STATE) & STATE_TX_FULL) != 0)
		return false;
	*cmsdk_at(uart, DATA) = octet;
	return true;
}

const struct seal_uart_ops seal_uart_cmsdk = { cmsdk_start, cmsdk_put };
