/* SPDX-License-Identifier: Apache-2.0
 *
 * console.h - lines of the log on the board's UART, through a ring.
 *
 * Nothing waits for the UART: what does not fit the ring is lost and counted, and the
 * next line that fits begins with the number of lost lines.
 */
#ifndef PORT_CORTEXM_CONSOLE_H
#define PORT_CORTEXM_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/span.h"

#define SEAL_CONSOLE_BAUD 115200u

void seal_console_start(void);

/* Append one line, in two parts, and its end. A line longer than the ring is cut. Call from one
 * context at a time. */
void seal_console_line(struct seal_span mark, struct seal_span line);

/* Give the UART what it takes now; true: more is waiting. Same context. */
bool seal_console_run(void);

/* Lines lost so far. */
uint32_t seal_console_lost(void);

/* flush: write out the whole ring, waiting for the UART. urgent: write text (NUL-ended) past the
 * ring, before the network starts or when the program ends anyway. From any context. */
void seal_console_flush(void);
void seal_console_urgent(const char *text);

#endif
