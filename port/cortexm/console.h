/* SPDX-License-Identifier: Apache-2.0
 *
 * console.h - lines of the log on the board's UART, through a ring.
 *
 * Nobody waits for the UART: what does not fit the ring is lost and counted, and the
 * next line that fits says how many lines are missing.
 */
#ifndef PORT_CORTEXM_CONSOLE_H
#define PORT_CORTEXM_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/span.h"

#define SEAL_CONSOLE_BAUD 115200u

void seal_console_start(void);

/* Append one line, in two parts; its end is added. What is longer than the ring is cut. One
 * context at a time. */
void seal_console_line(struct seal_span mark, struct seal_span line);

/* Give the UART what it takes now; true: there is more. Same context. */
bool seal_console_run(void);

/* Lines lost so far. */
uint32_t seal_console_lost(void);

/* All of the ring, waiting for the UART; and then text (NUL-ended) past the ring: before
 * the network starts, and when all is lost anyway. From any context. */
void seal_console_flush(void);
void seal_console_urgent(const char *text);

#endif
