/* SPDX-License-Identifier: Apache-2.0
 *
 * uart.h - a serial line for text, output only, polled.
 */
#ifndef PORT_DRIVER_UART_UART_H
#define PORT_DRIVER_UART_UART_H

#include <stdbool.h>
#include <stdint.h>

/* `base` is where the registers are, `hz` the clock of the baud rate. */
struct seal_uart {
	const struct seal_uart_ops *ops;
	uint32_t base;
	uint32_t hz;
};

struct seal_uart_ops {
	void (*start)(const struct seal_uart *uart, uint32_t baud);  /* 8N1              */
	bool (*put)(const struct seal_uart *uart, uint8_t octet);    /* false: no room now */
};

extern const struct seal_uart_ops seal_uart_pl011;  /* Arm PL011; Stellaris UARTs  */
extern const struct seal_uart_ops seal_uart_cmsdk;  /* Arm CMSDK APB UART          */
extern const struct seal_uart_ops seal_uart_16550;  /* registers 4 octets apart    */

#endif
